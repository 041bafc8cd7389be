/** Progress as the main thread is told of it: rated, and thinned out. */
import type { StageProgress } from "./trainer_api.ts";

/** Least time between two messages, in milliseconds. */
const INTERVAL = 250;

/**
 * Reports the last step always, others at most every 250 ms. `earlier` are the steps that were done before the meter
 * was made, which its rate does not count.
 */
export function progressMeter(
  phase: StageProgress["phase"],
  report: (progress: StageProgress) => void,
  earlier = 0,
): (progress: { step: number; steps: number; loss?: number }) => void {
  const startedAt = performance.now();
  let reportedAt = -Infinity;
  return ({ step, steps, loss }) => {
    const now = performance.now();
    if (step < steps && now - reportedAt < INTERVAL) return;
    reportedAt = now;
    report({ phase, step, steps, loss, perSecond: (step - earlier) / Math.max(1e-3, (now - startedAt) / 1000) });
  };
}
