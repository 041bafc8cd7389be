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
import { WorkerLoader } from "./_worker_loader.ts";

/**
 * Makes, from what all batches have in common, what prepares one batch. A batch is a pure function of input and
 * request: then it is the same wherever it is prepared.
 */
export type PrepareFrom<Input, Request, Batch> = (input: Input) => (request: Request) => Batch;

/** Prepares batches. */
export interface BatchLoader<Request, Batch> {
  /**
   * The batches of `requests`, in their order; whoever iterates sets the pace, and may stop early.
   *
   * @throws what preparing a batch throws, in its batch's turn.
   * @throws the signal's reason when it is aborted.
   */
  batches(requests: Iterable<Request>, options?: { signal?: AbortSignal }): AsyncGenerator<Batch, void, void>;
  /** Resolves when batches are prepared as they are to be: ahead, once the thread has started. Nobody needs to wait. */
  started(): Promise<void>;
  /** Ends the thread, if there is one; batches that are still asked for never come. */
  stop(): Promise<void>;
}

/** Options of {@linkcode openLoader}. */
export interface LoaderOptions<Input, Request, Batch> {
  /** What all batches have in common; copied to the thread but for what lies in shared memory. */
  input: Input;
  /** Makes a batch of a request; a pure function of both. */
  prepareFrom: PrepareFrom<Input, Request, Batch>;
  /** A module that hands `prepareFrom` to `serveBatches`. */
  worker: URL;
  /** Batches that are prepared ahead; 0: each when it is asked for, in the caller's thread. */
  ahead: number;
}

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
