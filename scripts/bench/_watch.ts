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
  /** The longest but for what the thread waited for a core in it: computing, and waits for files and locks; NaN but on Linux. */
  unhindered: number;
  /** The longest in processor time of the thread itself, which leaves out how long it waited for a core; NaN but on Linux. */
  busiest: number;
  /** Part of the time that went by in blocks of more than 20 ms. */
  blocked: number;
}

/** Milliseconds between two looks, and how late one may be before it counts as blocked. */
const [INTERVAL, LATE] = [2, 20];

/**
 * Processor time of this thread so far, and how long it has waited for a core, in milliseconds (proc(5),
 * `/proc/[pid]/schedstat`); NaN where it is not told.
 */
function processorTimes(): { spent: number; waited: number } {
  try {
    const [spent, waited] = Deno.readTextFileSync("/proc/thread-self/schedstat").split(" ");
    return { spent: parseInt(spent) / 1e6, waited: parseInt(waited) / 1e6 };
  } catch {
    return { spent: NaN, waited: NaN };
  }
}

/** Watches the thread that it runs on. */
export class Watch {
  #longest = 0;
  #unhindered = 0;
  #busiest = 0;
  #times = processorTimes();
  #late = 0;
  #last = 0;
  #began = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  start(): void {
    this.#began = this.#last = performance.now();
    this.#times = processorTimes();
    this.#timer = setInterval(() => {
      const now = performance.now();
      const late = now - this.#last - INTERVAL;
      this.#last = now;
      const { spent, waited } = processorTimes();
      this.#busiest = Math.max(this.#busiest, spent - this.#times.spent);
      this.#unhindered = Math.max(this.#unhindered, late - (waited - this.#times.waited));
      this.#times = { spent, waited };
      this.#longest = Math.max(this.#longest, late);
      if (late > LATE) this.#late += late;
    }, INTERVAL);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get blocks(): Blocks {
    const [longest, unhindered, busiest] = [this.#longest, this.#unhindered, this.#busiest];
    return { longest, unhindered, busiest, blocked: this.#late / (this.#last - this.#began) };
  }
}
