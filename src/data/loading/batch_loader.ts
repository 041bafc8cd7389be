/**
 * What prepares batches, in turn or ahead of their use; `loader.ts` opens one.
 *
 * @module
 */

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
