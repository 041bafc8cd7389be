/**
 * All aggregation rules by name.
 *
 * @module
 */
import { UserError } from "../../../core/errors.ts";
import { balance } from "./balance.ts";
import { mean } from "./mean.ts";
import type { AggregationRule } from "./rule.ts";
import { selfCentredClipping } from "./self_centred_clipping.ts";
import { trimmedMean } from "./trimmed_mean.ts";

/** Every rule; a new one is one file and one line here. */
export const aggregationRules: readonly AggregationRule[] = [mean, selfCentredClipping, trimmedMean, balance];

/** @throws {UserError} if no rule has that name. */
export function ruleNamed(name: string): AggregationRule {
  const found = aggregationRules.find((rule) => rule.name === name);
  if (found) return found;
  const names = aggregationRules.map((rule) => rule.name).join(", ");
  throw new UserError(`choosing an aggregation rule: it must be one of ${names}`, { value: name });
}
