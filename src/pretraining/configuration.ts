/**
 * The settings of pre-training, checked where they come from the outside.
 *
 * Most are common to all objectives; those that an objective does not read, or that would make it another one, are
 * refused with it (`objectives/registry.ts`).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePretrainConfig } from "./configuration.ts";
 *
 * const config = parsePretrainConfig({ temperature: 0.1, projections: [{ grid: [4, 1, 1] }] });
 * assertEquals(config.momentum, 0.95);
 * ```
 *
 * @module
 */
import * as v from "valibot";
import { nameIn, parseSettings } from "../core/settings.ts";
import { requireObjectiveFits, withObjectiveSettings } from "./_objective_rules.ts";
import { objectives } from "./objectives/registry.ts";
import { ownSettings } from "./objectives/settings.ts";
import { commonSettings } from "./common_settings.ts";
import type { PretrainConfig } from "./pretrain_config.ts";

/**
 * What the settings of pre-training may be, by field; what an objective asks for beside it is in `_objective_rules.ts`.
 */
export const pretrainSchema = v.strictObject({
  objective: v.optional(
    nameIn(objectives, { description: "What is learnt: the objective's name." }),
    "fcl",
  ),
  ...commonSettings,
});

/**
 * Checks settings that come from a file or a user and fills in the defaults; the result is frozen.
 *
 * @param where what an error names in front of the field.
 * @throws {UserError} that names the first field at fault, the rule and the value.
 */
export function parsePretrainConfig(value: unknown = {}, where = "pretrain"): PretrainConfig {
  const place = { doing: "reading the settings of pre-training", where };
  const config = parseSettings(pretrainSchema, withObjectiveSettings(value, place), place);
  requireObjectiveFits(config, place);
  return config;
}

/** What of `config` its objective reads: all that may be written down of it, so that it is parsed to the same again. */
export function readByObjective(config: PretrainConfig): Partial<PretrainConfig> {
  const { reads = ownSettings, fixed = {} } = objectives.get(config.objective) ?? {};
  const unread = ownSettings.filter((name) => !reads.includes(name) && !Object.hasOwn(fixed, name));
  return Object.fromEntries(Object.entries(config).filter(([name]) => !unread.some((one) => one === name)));
}
