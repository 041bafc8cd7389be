/**
 * Whether a training is long enough to learn from unlabelled volumes, too, which takes longer a step.
 *
 * @module
 */
import { PLANNING } from "./table.ts";

/** Steps of fine-tuning. */
export interface TeachingPlan {
  readonly steps: number;
  /** Whether they learn from unlabelled volumes, too. */
  readonly taught: boolean;
}

/** Options of {@linkcode planTeaching}. */
export interface TeachingOptions {
  /** How much longer a step takes that learns from them. @default PLANNING.taughtTimes */
  times?: number;
  /** The fewest steps that make sense. @default 1 */
  fewest?: number;
}

/** Whether so many steps are enough. */
export function areEnoughToTeach(steps: number): boolean {
  return steps >= PLANNING.enoughToTeach;
}

/** Of the time for `plain` steps without them: fewer steps with them, where those are enough; else all, without. */
export function planTeaching(
  plain: number,
  { times = PLANNING.taughtTimes, fewest = 1 }: TeachingOptions = {},
): TeachingPlan {
  const steps = Math.floor(plain / times);
  return areEnoughToTeach(steps) && steps >= fewest ? { steps, taught: true } : { steps: plain, taught: false };
}
