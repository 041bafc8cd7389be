/**
 * Batches, prepared in turn or ahead of their use by a thread of its own: an engine that trains need not wait for its
 * data.
 *
 * @example
 * ```ts
 * const loader = openLoader({ input, prepareFrom, worker: new URL("./_batch_worker.ts", import.meta.url), ahead: 2 });
 * for await (const batch of loader.batches([{ seed: 1 }, { seed: 2 }])) train(batch);
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
