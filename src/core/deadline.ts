/**
 * Time limits as AbortSignals that leave no timer behind.
 *
 * @module
 */
import { type Timer, world } from "./world.ts";

/**
 * A signal that aborts after `milliseconds`, or when `parent` does. Disposing of it clears the timer.
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { Deadline, sleep } from "./deadline.ts";
 *
 * using limit = new Deadline(5, "waiting for the hello of a peer");
 * const answer = sleep(60_000, limit.signal);
 * await assertRejects(() => answer, DOMException, "waiting for the hello of a peer: no answer within 5 ms");
 * ```
 */
export class Deadline implements Disposable {
  /** Aborts with a `TimeoutError`, or with the reason of the parent. */
  readonly signal: AbortSignal;
  readonly #timer: Timer;
  readonly #release: () => void;

  /**
   * Begins to wait.
   *
   * @param doing how the error begins: what was being done.
   * @param short what the error says of it. @default "no answer"
   */
  constructor(milliseconds: number, doing: string, parent?: AbortSignal, short = "no answer") {
    const controller = new AbortController();
    this.signal = controller.signal;
    this.#timer = world.after(milliseconds, () => {
      controller.abort(new DOMException(`${doing}: ${short} within ${Math.round(milliseconds)} ms`, "TimeoutError"));
    });
    const follow = () => controller.abort(parent?.reason);
    parent?.addEventListener("abort", follow, { once: true });
    this.#release = () => parent?.removeEventListener("abort", follow);
    if (parent?.aborted) follow();
  }

  /** Clears the timer. */
  [Symbol.dispose](): void {
    this.#timer.cancel();
    this.#release();
  }
}

/**
 * A signal that aborts when any of `parents` does, until it is disposed of. (Those of AbortSignal.any stay in memory
 * for as long as their parents do, once somebody listens to them.)
 */
export class AnySignal implements Disposable {
  /** Aborts with the reason of the parent that did. */
  readonly signal: AbortSignal;
  readonly #release: () => void;

  /** Follows `parents`, of which some may be absent. */
  constructor(...parents: readonly (AbortSignal | undefined)[]) {
    const controller = new AbortController();
    this.signal = controller.signal;
    const follow = () => controller.abort(parents.find((parent) => parent?.aborted)?.reason);
    for (const parent of parents) parent?.addEventListener("abort", follow, { once: true });
    this.#release = () => parents.forEach((parent) => parent?.removeEventListener("abort", follow));
    if (parents.some((parent) => parent?.aborted)) follow();
  }

  /** Lets go of the parents. */
  [Symbol.dispose](): void {
    this.#release();
  }
}

/**
 * Settles as `promise` does, or rejects with the signal's reason if that comes first; whoever owns the work that is
 * left behind ends it.
 */
export function raceAbort<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  if (signal.aborted) {
    // nobody else waits for it: a later rejection must not count as unhandled
    promise.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Resolves after `milliseconds`, or rejects with the signal's reason. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = world.after(milliseconds, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
