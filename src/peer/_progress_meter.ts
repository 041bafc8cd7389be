/** Progress as the main thread is told of it: rated, and thinned out. */
import type { StageProgress } from "./trainer_api.ts";

/** Least time between two messages, in milliseconds. */
const INTERVAL = 250;

/** What a meter is told besides its stage. */
interface ProgressMeterOptions {
  /** Steps that were done before the meter was made, which its rate does not count. @default 0 */
  earlier?: number;
  /** The round that the steps are of. @default none: the stage has no rounds */
  round?: number;
}

/** Reports the last step always, others at most every 250 ms. */
export function progressMeter(
  phase: StageProgress["phase"],
  report: (progress: StageProgress) => void,
  { earlier = 0, round }: ProgressMeterOptions = {},
): (progress: { step: number; steps: number; loss?: number }) => void {
  const startedAt = performance.now();
  let reportedAt = -Infinity;
  return ({ step, steps, loss }) => {
    const now = performance.now();
    if (step < steps && now - reportedAt < INTERVAL) return;
    reportedAt = now;
    const perSecond = (step - earlier) / Math.max(1e-3, (now - startedAt) / 1000);
    report({ phase, step, steps, loss, perSecond, ...(round !== undefined && { round }) });
  };
}
