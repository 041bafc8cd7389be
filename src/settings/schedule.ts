/** The section `schedule`: how long pre-training lasts, and how often weights are averaged. */
import * as v from "valibot";
import { finite, integer } from "../core/settings.ts";
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
  minutes: v.optional(
    finite(0.1, 100_000, {
      description:
        "Time from the peer's start after which training is ended: what is left of its steps is cut, what is " +
        "trained is kept and tested. Time in which the peer does not run does not count.",
      unit: "min",
      otherwise: "with `plan.minutes` those, tests left out; else no end",
    }),
  ),
  pretrainShare: v.optional(
    finite(0, 1, {
      description:
        "Of that time, start-up apart, the share after which pre-training is ended where networks are then " +
        "fine-tuned.",
      unit: "share",
      otherwise: "`0.3`, as in plans",
    }),
  ),
  patience: v.optional(
    integer(1, 10_000, {
      description: "Training steps in a row without finite loss and gradients, each of which is skipped, that end a " +
        "training with a diagnosis. Not `mesh.patience`, which is a time.",
      unit: "steps",
    }),
    5,
  ),
});
