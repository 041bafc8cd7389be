/**
 * All aggregation rules by name.
 *
 * @module
 */
import { Registry } from "../../../core/registry.ts";
import { balance } from "./balance.ts";
import { mean } from "./mean.ts";
import type { AggregationRule } from "./rule.ts";
import { selfCentredClipping } from "./self_centred_clipping.ts";
import { trimmedMean } from "./trimmed_mean.ts";

/** Every rule; a new one is one file and one line here. */
export const aggregationRules: Registry<AggregationRule> = new Registry("an aggregation rule", [
  mean,
  selfCentredClipping,
  trimmedMean,
  balance,
]);
