/**
 * One thing at a time, in the order in which it was asked for.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Turns } from "./turns.ts";
 *
 * const turns = new Turns();
 * const done: string[] = [];
 * const slow = turns.take(() => Promise.resolve().then(() => done.push("slow")));
 * await Promise.all([slow, turns.take(() => Promise.resolve(done.push("quick")))]);
 * assertEquals(done, ["slow", "quick"]);
 * ```
 *
 * @module
 */

/** A queue of asynchronous work on one thing. */
export class Turns {
  /** The last that was asked for; it never rejects. */
  #last: Promise<unknown> = Promise.resolve();

  /** Does `work` when all that was asked for before has ended, well or not. @returns what it gives */
  take<Value>(work: () => Promise<Value>): Promise<Value> {
    const taken = this.#last.then(work);
    this.#last = taken.catch(() => {});
    return taken;
  }
}
