/** The loader that works ahead: its thread answers requests in their order. */
import { Worker } from "node:worker_threads";
import { raceAbort, sleep } from "../../core/deadline.ts";
import { UserError } from "../../core/errors.ts";
import type { BatchLoader, LoaderOptions } from "./batch_loader.ts";
import type { Answer, Question } from "./serve.ts";

/**
 * Asks a thread for batches before they are needed. Until the thread has started (about a second, where the caller is a
 * Worker itself), batches are prepared in the caller's thread: they are the same.
 */
export class WorkerLoader<Input, Request, Batch> implements BatchLoader<Request, Batch> {
  readonly #ahead: number;
  readonly #prepare: (request: Request) => Batch;
  readonly #thread: Worker;
  readonly #started = Promise.withResolvers<void>();
  #isStarted = false;
  /** What was asked and not yet answered, oldest first. */
  readonly #asked: PromiseWithResolvers<Batch>[] = [];
  /** Why the thread has ended by itself, if it has. */
  #failure: Error | undefined;

  constructor({ input, prepareFrom, worker, ahead }: LoaderOptions<Input, Request, Batch>) {
    this.#ahead = ahead;
    this.#prepare = prepareFrom(input);
    this.#started.promise.catch(() => {}); // the next batch throws it, too
    this.#thread = new Worker(worker);
    this.#thread.on("message", (answer: Answer) => this.#take(answer));
    this.#thread.on("error", (error: Error) => {
      this.#failure = error;
      this.#started.reject(error);
      for (const { reject } of this.#asked.splice(0)) reject(error);
    });
    this.#thread.postMessage({ input } satisfies Question);
  }

  async *batches(requests: Iterable<Request>, { signal }: { signal?: AbortSignal } = {}) {
    const source = requests[Symbol.iterator]();
    while (!this.#isStarted) {
      await sleep(0); // in which the thread's first message may come
      signal?.throwIfAborted();
      if (this.#failure) throw this.#failure;
      if (this.#isStarted) break;
      const { done, value } = source.next();
      if (done) return;
      yield this.#prepare(value);
    }
    const coming: Promise<Batch>[] = [];
    const askForOne = () => {
      const { done, value } = source.next();
      if (!done) coming.push(this.#ask(value));
    };
    for (let count = 0; count < this.#ahead; count++) askForOne();
    while (coming.length > 0) {
      const batch = await raceAbort(coming.shift()!, signal);
      askForOne();
      yield batch;
    }
  }

  started(): Promise<void> {
    return this.#started.promise;
  }

  async stop(): Promise<void> {
    await this.#thread.terminate();
  }

  #take(answer: Answer): void {
    if ("started" in answer) {
      this.#isStarted = true;
      this.#started.resolve();
      return;
    }
    const { resolve, reject } = this.#asked.shift()!;
    if ("batch" in answer) resolve(answer.batch as Batch);
    else reject(restored(answer.error));
  }

  #ask(request: Request): Promise<Batch> {
    const answer = Promise.withResolvers<Batch>();
    answer.promise.catch(() => {}); // whoever awaits it is told; one that nobody awaits any more is of no interest
    if (this.#failure) answer.reject(this.#failure);
    else {
      this.#asked.push(answer);
      this.#thread.postMessage({ request } satisfies Question);
    }
    return answer.promise;
  }
}

/** The error as it was thrown in the thread, of which name and message have come. */
function restored({ name, message }: { name: string; message: string }): Error {
  return name === "UserError" ? new UserError(message) : Object.assign(new Error(message), { name });
}
