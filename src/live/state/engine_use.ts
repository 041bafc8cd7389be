/**
 * What the process takes of the machine.
 *
 * @module
 */
import process from "node:process";
import type { UseNow } from "./snapshot.ts";

/** What is measured. */
export interface UseSources {
  /** Milliseconds. @default performance.now */
  now?: () => number;
  /** Microseconds of processor time of the process so far, all its threads together. @default the system's */
  processor?: () => number;
  /** Bytes of resident memory. @default the system's */
  memory?: () => number;
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Looks at the process from time to time. */
export class EngineUse {
  readonly #sources: Required<UseSources>;
  #last: { time: number; processor: number };

  constructor(sources: UseSources = {}) {
    const { now = () => performance.now(), processor = processorTime, memory = () => Deno.memoryUsage().rss } = sources;
    this.#sources = { now, processor, memory };
    this.#last = { time: now(), processor: processor() };
  }

  /** Its use of now: cores on the mean since the call before. */
  look(): UseNow {
    const { now, processor, memory } = this.#sources;
    const [time, used] = [now(), processor()];
    const milliseconds = Math.max(1, time - this.#last.time);
    const cores = Math.max(0, (used - this.#last.processor) / 1000 / milliseconds);
    this.#last = { time, processor: used };
    return { memory: memory(), cores };
  }
}
