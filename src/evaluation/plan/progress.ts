/**
 * How far an evaluation is, and how long it will take.
 *
 * @module
 */
import type { FinishedCell } from "../results/finished_cell.ts";
import type { PlannedCell } from "./cells.ts";

/** What {@linkcode progressOf} tells. */
export interface EvaluationProgress {
  /** Cells still to be run, in order. */
  readonly remaining: readonly PlannedCell[];
  /** Cells that need no more running. */
  readonly finished: number;
  /** Cells of the grid. */
  readonly total: number;
  /** Seconds until the end; null as long as nothing was finished. */
  readonly secondsLeft: number | null;
}

/**
 * Looks at what is finished. A cell is taken to last as long as the mean of the finished cells that are most like it:
 * of its method, mode and number of labels, else of its method and mode, else of its mode, else of all.
 * A finished cell's seconds hold its share of pre-training if it ran first, and so do the means.
 *
 * @param finished by cell id; cells that the plan does not have are looked at for their duration only
 */
export function progressOf(
  plan: readonly PlannedCell[],
  finished: ReadonlyMap<string, FinishedCell>,
): EvaluationProgress {
  const means = new Map<string, { seconds: number; count: number }>();
  for (const { cell, seconds } of finished.values()) {
    const [method, mode, labelled] = cell.split("/");
    for (const kind of kindsOf(method, mode, labelled)) {
      const known = means.get(kind) ?? { seconds: 0, count: 0 };
      means.set(kind, { seconds: known.seconds + seconds, count: known.count + 1 });
    }
  }
  const remaining = plan.filter(({ id }) => !finished.has(id));
  const secondsLeft = remaining.reduce((sum, { method, mode, labelled }) => {
    const kind = kindsOf(method, mode, `n${labelled}`).find((kind) => means.has(kind));
    const mean = means.get(kind ?? "");
    return mean === undefined ? sum : sum + mean.seconds / mean.count;
  }, 0);
  return {
    remaining,
    finished: plan.length - remaining.length,
    total: plan.length,
    secondsLeft: means.size === 0 ? null : secondsLeft,
  };
}

/** From the most alike to everything. */
function kindsOf(method: string, mode: string, labelled: string): string[] {
  return [`${method}/${mode}/${labelled}`, `${method}/${mode}`, mode, ""];
}
