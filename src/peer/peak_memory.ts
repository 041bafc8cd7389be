/**
 * The largest resident memory of this process, Worker included, sampled while it runs.
 *
 * @module
 */
import type { Service } from "../core/service.ts";

const SAMPLE_MS = 500;

/** Samples the resident set size twice a second. */
export class PeakMemory implements Service {
  #timer: ReturnType<typeof setInterval> | undefined;
  #peak = 0;

  start(): Promise<void> {
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    clearInterval(this.#timer);
    return Promise.resolve();
  }

  /** The largest sample so far, in bytes. */
  get bytes(): number {
    this.#sample();
    return this.#peak;
  }

  #sample(): void {
    this.#peak = Math.max(this.#peak, Deno.memoryUsage().rss);
  }
}
