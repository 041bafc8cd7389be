/** The loader that works ahead: its thread answers requests in their order. */
import { Worker } from "node:worker_threads";
import { UserError } from "../../core/errors.ts";
import type { BatchLoader } from "./loader.ts";
import type { Answer, Question } from "./serve.ts";

/** Asks a thread for batches before they are needed. */
export class WorkerLoader<Request, Batch> implements BatchLoader<Request, Batch> {
  readonly #ahead: number;
  readonly #thread: Worker;
  /** What was asked and not yet answered, oldest first. */
  readonly #asked: PromiseWithResolvers<Batch>[] = [];
  /** Why the thread has ended by itself, if it has. */
  #failure: Error | undefined;

  /** @param worker a module that calls `serveBatches`. */
  constructor(worker: URL, input: unknown, ahead: number) {
    this.#ahead = ahead;
    this.#thread = new Worker(worker);
    this.#thread.on("message", (answer: Answer) => {
      const { resolve, reject } = this.#asked.shift()!;
      if ("batch" in answer) resolve(answer.batch as Batch);
      else reject(restored(answer.error));
    });
    this.#thread.on("error", (error: Error) => {
      this.#failure = error;
      for (const { reject } of this.#asked.splice(0)) reject(error);
    });
    this.#thread.postMessage({ input } satisfies Question);
  }

  async *batches(requests: Iterable<Request>, { signal }: { signal?: AbortSignal } = {}) {
    const source = requests[Symbol.iterator]();
    const coming: Promise<Batch>[] = [];
    const askForOne = () => {
      const { done, value } = source.next();
      if (!done) coming.push(this.#ask(value));
    };
    for (let count = 0; count < this.#ahead; count++) askForOne();
    while (coming.length > 0) {
      const batch = await unlessAborted(coming.shift()!, signal);
      askForOne();
      yield batch;
    }
  }

  async stop(): Promise<void> {
    await this.#thread.terminate();
  }

  #ask(request: Request): Promise<Batch> {
    const answer = Promise.withResolvers<Batch>();
    if (this.#failure) answer.reject(this.#failure);
    else {
      this.#asked.push(answer);
      this.#thread.postMessage({ request } satisfies Question);
    }
    answer.promise.catch(() => {}); // whoever awaits it is told; one that nobody awaits any more is of no interest
    return answer.promise;
  }
}

/** The error as it was thrown in the thread, of which name and message have come. */
function restored({ name, message }: { name: string; message: string }): Error {
  return name === "UserError" ? new UserError(message) : Object.assign(new Error(message), { name });
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
