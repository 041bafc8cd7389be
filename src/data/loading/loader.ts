/**
 * Batches, prepared in turn or ahead of their use by a thread of its own: an engine that trains need not wait for its
 * data.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openLoader } from "./loader.ts";
 *
 * const loader = openLoader({
 *   input: [10, 20, 30],
 *   prepareFrom: (values: number[]) => (request: { index: number }) => values[request.index],
 *   worker: new URL("./batch_worker.ts", import.meta.url), // hands the same function to serveBatches
 *   ahead: 0, // in this thread, for which the Worker is not started
 * });
 * assertEquals(await Array.fromAsync(loader.batches([{ index: 2 }, { index: 0 }])), [30, 10]);
 * await loader.stop();
 * ```
 *
 * @module
 */
import type { BatchLoader, LoaderOptions } from "./batch_loader.ts";
import { WorkerLoader } from "./_worker_loader.ts";

/** A loader that works ahead in a thread of its own or, where `ahead` is 0, in the caller's. */
export function openLoader<Input, Request, Batch>(
  options: LoaderOptions<Input, Request, Batch>,
): BatchLoader<Request, Batch> {
  const { input, prepareFrom, ahead } = options;
  if (!Number.isInteger(ahead) || ahead < 0) {
    throw new RangeError(`loading batches: what is prepared ahead must be a whole number, got ${ahead}`);
  }
  return ahead > 0 ? new WorkerLoader(options) : new InTurn(prepareFrom(input));
}

/** Prepares each batch when it is asked for. */
class InTurn<Request, Batch> implements BatchLoader<Request, Batch> {
  readonly #prepare: (request: Request) => Batch;

  constructor(prepare: (request: Request) => Batch) {
    this.#prepare = prepare;
  }

  async *batches(requests: Iterable<Request>, { signal }: { signal?: AbortSignal } = {}) {
    for (const request of requests) {
      signal?.throwIfAborted();
      yield this.#prepare(request);
    }
  }

  started(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
