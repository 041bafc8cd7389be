/**
 * Worker threads that compute on tfjs's memory beside the caller. A call is one kernel on a part of a tensor that no
 * other call writes to; whoever is free takes the next.
 *
 * @module
 */

import { Worker } from "node:worker_threads"; // unlike the global one, it can be told not to keep the process alive
import { CallQueue, CAPACITY, type KernelCall, type KernelExports, type ThreadInput } from "./_call_queue.ts";

/** The caller's thread and its helpers. */
export class Threads {
  readonly count: number;
  readonly #exports: KernelExports;
  readonly #queue = new CallQueue();
  readonly #helpers: Worker[] = [];

  private constructor(count: number, exports: KernelExports) {
    this.count = count;
    this.#exports = exports;
  }

  /** Starts `count - 1` helpers beside the thread whose instance `exports` are. */
  static async start(count: number, exports: KernelExports, input: Omit<ThreadInput, "queue">): Promise<Threads> {
    const threads = new Threads(count, exports);
    await Promise.all(Array.from({ length: count - 1 }, () => threads.#startHelper(input)));
    return threads;
  }

  async #startHelper(input: Omit<ThreadInput, "queue">): Promise<void> {
    const helper = new Worker(new URL("./_thread.ts", import.meta.url));
    this.#helpers.push(helper);
    await new Promise<void>((resolve, reject) => {
      helper.once("message", () => resolve());
      helper.once("error", reject);
      helper.postMessage({ ...input, queue: this.#queue.buffer } satisfies ThreadInput);
    });
    helper.unref();
  }

  /** Runs all calls, in any order and at the same time; returns when all are done. */
  run(calls: readonly KernelCall[]): void {
    if (this.count === 1 || calls.length === 1) {
      for (const [name, ...values] of calls) this.#exports[name](...values);
      return;
    }
    for (let start = 0; start < calls.length; start += CAPACITY) {
      this.#queue.publish(calls.slice(start, start + CAPACITY), this.#exports);
      while (this.#queue.runNext(this.#exports));
      this.#queue.waitUntilDone();
    }
  }

  /** Ends the helpers. */
  async stop(): Promise<void> {
    await Promise.all(this.#helpers.map((helper) => helper.terminate()));
  }
}
