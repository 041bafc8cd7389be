/**
 * Units of work, so many at a time, of which one that fails does not stop the others.
 *
 * @module
 */
import { ProcessError } from "./process.ts";

/** Options of {@linkcode workThrough}. */
export interface WorkOptions<Unit> {
  /** Units at a time. */
  parallel: number;
  /** Whoever interrupts the work. */
  signal: AbortSignal;
  /**
   * Does one unit and keeps what comes of it. A `ProcessError` is this unit's own; any other error, such as of a full
   * disk, ends the whole work.
   */
  carryOut(unit: Unit, signal: AbortSignal): Promise<void>;
}

/** How it went. */
export interface Worked {
  /** Of units that did not come to their end. */
  readonly failed: readonly ProcessError[];
  /** Why it ended before all were done: the signal's reason, or an error that was no unit's own. */
  readonly reason: unknown;
}

/** Works through `units` in their order. Never throws: what was kept may still be reported. */
export async function workThrough<Unit>(units: readonly Unit[], options: WorkOptions<Unit>): Promise<Worked> {
  const { parallel, carryOut } = options;
  const waiting = [...units];
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const failed: ProcessError[] = [];
  const work = async () => {
    while (waiting.length > 0 && !signal.aborted) {
      try {
        await carryOut(waiting.shift()!, signal);
      } catch (error) {
        if (error instanceof ProcessError) failed.push(error);
        else broken.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return { failed, reason: signal.reason };
}
