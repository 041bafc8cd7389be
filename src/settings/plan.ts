/**
 * The section `plan`: sites that plan together what they train, from the fingerprints of their volumes.
 *
 * @module
 */
import * as v from "valibot";
import { finite } from "../core/settings.ts";
import type { PlanSettings } from "./types.ts";

/** The schema of a peer's section. */
export const planSchema = v.strictObject({
  minutes: v.optional(
    finite(0.1, 100_000, {
      description:
        "The budget, which the slowest site keeps to: it decides on the network's size, `schedule.rounds`, " +
        "`schedule.stepsPerRound` and `fineTune.steps`.",
      unit: "min",
      otherwise: "they are not planned by time",
    }),
  ),
  patience: v.optional(
    finite(0, 1e6, {
      description: "Time after which the sites that are there plan without those that have not said anything.",
      unit: "s",
    }),
    600,
  ),
});

/** What a plan is made of in every case, by path. */
const PLANNED: readonly string[] = [
  "data.spacing",
  "network.baseFilters",
  "network.levels",
  "network.patch",
  "network.pool",
  "fineTune.batch",
];

/** What besides, where there is a budget. */
const PLANNED_BY_TIME: readonly string[] = ["schedule.rounds", "schedule.stepsPerRound", "fineTune.steps"];

/** What decides that a configuration gives its plan itself: it must then have all of them. */
export const GIVEN_BY: readonly string[] = ["data.spacing", "network.patch", "network.pool"];

/** The settings, by path, that a plan decides on. */
export function plannedSettings({ minutes }: Pick<PlanSettings, "minutes">): readonly string[] {
  return minutes === undefined ? PLANNED : [...PLANNED, ...PLANNED_BY_TIME];
}

/** Those that follow from them and are not compared beside them. */
export function followingSettings({ minutes }: Pick<PlanSettings, "minutes">): readonly string[] {
  return minutes === undefined ? ["pretrain.patch"] : ["pretrain.patch", "pretrain.decaySteps"];
}
