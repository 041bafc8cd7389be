/**
 * How long a thread is blocked at most.
 *
 * A timer that is due every few milliseconds comes late by as long as something else holds the thread; or the
 * processor, if more threads want to run than there are cores.
 *
 * @module
 */

/** What a {@linkcode Watch} saw. */
export interface Blocks {
  /** Milliseconds. */
  longest: number;
  /** Part of the time that went by in blocks of more than 20 ms. */
  blocked: number;
}

/** Milliseconds between two looks, and how late one may be before it counts as blocked. */
const [INTERVAL, LATE] = [2, 20];

/** Watches the thread that it runs on. */
export class Watch {
  #longest = 0;
  #late = 0;
  #last = 0;
  #began = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  start(): void {
    this.#began = this.#last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      const late = now - this.#last - INTERVAL;
      this.#last = now;
      this.#longest = Math.max(this.#longest, late);
      if (late > LATE) this.#late += late;
    }, INTERVAL);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get blocks(): Blocks {
    return { longest: this.#longest, blocked: this.#late / (this.#last - this.#began) };
  }
}
