/** The section `schedule`: how long pre-training lasts, and how often weights are averaged. */
import * as v from "valibot";
import { integer } from "../core/settings.ts";
import { PEER_DEFAULTS, type ScheduleDefaults } from "./defaults.ts";

/**
 * What peers and protocols alike say of a schedule, by its defaults.
 *
 * @param fewest the fewest rounds
 */
export function scheduleEntries({ rounds, stepsPerRound, exchanges }: ScheduleDefaults, fewest: number) {
  return {
    rounds: v.optional(integer(fewest, 100_000, { description: "Rounds of pre-training.", unit: "rounds" }), rounds),
    stepsPerRound: v.optional(
      integer(1, 100_000, { description: "Training steps between two averagings.", unit: "steps" }),
      stepsPerRound,
    ),
    exchanges: v.optional(
      integer(0, 64, {
        description: "Steps of averaging after each round, each with the members that the topology plans for it, if " +
          "they are there.",
        unit: "steps of averaging",
      }),
      exchanges,
    ),
  };
}

/** The schema of a peer's section. */
export const scheduleSchema = v.strictObject({
  ...scheduleEntries(PEER_DEFAULTS.schedule, 0),
  patience: v.optional(
    integer(1, 10_000, {
      description: "Training steps in a row without finite loss and gradients, each of which is skipped, that end a " +
        "training with a diagnosis. Not `mesh.patience`, which is a time.",
      unit: "steps",
    }),
    5,
  ),
});
