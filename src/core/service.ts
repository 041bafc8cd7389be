/**
 * The start/stop contract of everything that runs in the background.
 *
 * @module
 */

/** Something with a life: constructed without I/O, started once, stopped any number of times. */
export interface Service {
  /** Acquires what it needs; aborting `signal` gives up and releases what was acquired. */
  start(signal?: AbortSignal): Promise<void>;
  /** Releases everything; safe before `start` and after an earlier `stop`. */
  stop(): Promise<void>;
}
