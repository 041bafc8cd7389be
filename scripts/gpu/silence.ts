/**
 * Ends a process that says nothing for too long, as one does whose driver hangs.
 *
 * @module
 */
import { UserError } from "../../src/core/errors.ts";

/** What is to be done about a process that was silent for so many seconds. */
export function silentFor(seconds: number): UserError {
  return new UserError(
    `a process must say something every ${seconds} s, and this one did not and was ended: a driver that hangs does not ` +
      "let go; restart the machine, install the vendor's current driver, or allow more by --silence",
  );
}

/** A signal that aborts when nothing was heard for some time, or when `parent` does, until it is disposed of. */
export class Silence implements Disposable {
  readonly #controller = new AbortController();
  readonly #seconds: number;
  readonly #release: () => void;
  #timer: ReturnType<typeof setTimeout>;

  /** Begins to listen. */
  constructor(seconds: number, parent: AbortSignal) {
    this.#seconds = seconds;
    this.#timer = this.#wait();
    const follow = () => this.#controller.abort(parent.reason);
    parent.addEventListener("abort", follow, { once: true });
    this.#release = () => parent.removeEventListener("abort", follow);
    if (parent.aborted) follow();
  }

  #wait() {
    return setTimeout(() => this.#controller.abort(silentFor(this.#seconds)), this.#seconds * 1000);
  }

  /** Aborts with {@linkcode silentFor}, or with the parent's reason; ends the process that is given it. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Passes on what is said, and waits anew after each. @throws the signal's reason once it has aborted. */
  async *over<T>(said: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const each of said) {
      clearTimeout(this.#timer);
      this.#timer = this.#wait();
      yield each;
    }
    this.signal.throwIfAborted();
  }

  /** Listens no more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#release();
  }
}
