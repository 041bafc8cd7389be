/**
 * Carries out a {@linkcode RedialSchedule}: attempts what is due, when it is due, until it is stopped.
 *
 * @module
 */
import { messageOf } from "../../core/errors.ts";
import { type Timer, world } from "../../core/world.ts";
import { type RedialOptions, RedialSchedule } from "./redial.ts";

/** How an attempt that did not fail ended: `detoured` if a better connection is to be tried for from time to time. */
export type AttemptOutcome = "connected" | "detoured" | "not wanted";

/** What {@linkcode RedialLoop} works with. */
export interface RedialLoopOptions extends RedialOptions {
  /** One attempt; a throw means that there is no connection, and the next attempt comes later. */
  attempt: (key: string, signal: AbortSignal) => Promise<AttemptOutcome>;
  /** Told what went wrong in each attempt. */
  debug?: (message: string) => void;
  /** @default world.now */
  clock?: () => number;
}

/** Attempts for ever, all targets side by side. */
export class RedialLoop {
  readonly #options: RedialLoopOptions;
  readonly #clock: () => number;
  readonly #schedule: RedialSchedule;
  readonly #abort = new AbortController();
  readonly #attempts = new Set<Promise<void>>();
  #timer: Timer | undefined;

  constructor(options: RedialLoopOptions) {
    this.#options = options;
    this.#clock = options.clock ?? world.now;
    this.#schedule = new RedialSchedule(options);
  }

  /** Aborted when it is stopped. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Takes up `key`; a known one keeps its schedule. */
  add(key: string): void {
    this.#schedule.add(key, this.#clock());
    this.#arm();
  }

  /** Leaves `key` alone. */
  remove(key: string): void {
    this.#schedule.remove(key);
    this.#arm();
  }

  /** `key` is connected. */
  connected(key: string): void {
    this.#schedule.connected(key);
    this.#arm();
  }

  /** `key` is connected by a detour. */
  detoured(key: string): void {
    this.#schedule.detoured(key, this.#clock());
    this.#arm();
  }

  /** `key` is gone: attempt it soon. */
  lost(key: string): void {
    this.#schedule.lost(key, this.#clock());
    this.#arm();
  }

  /** There is news of where `key` is: attempt it soon, unless there is news of it all the time. */
  heard(key: string): void {
    this.#schedule.heard(key, this.#clock());
    this.#arm();
  }

  /** Ends all attempts. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error("the peer stops"));
    this.#timer?.cancel();
    await Promise.all(this.#attempts);
  }

  #arm(): void {
    this.#timer?.cancel();
    const due = this.#schedule.nextDue();
    if (this.#abort.signal.aborted || due === Infinity) return;
    this.#timer = world.after(Math.max(0, due - this.#clock()), () => this.#attemptDue());
  }

  #attemptDue(): void {
    for (const key of this.#schedule.take(this.#clock())) {
      const attempt = this.#attempt(key).finally(() => {
        this.#attempts.delete(attempt);
        this.#arm();
      });
      this.#attempts.add(attempt);
    }
    this.#arm();
  }

  async #attempt(key: string): Promise<void> {
    let outcome: AttemptOutcome | "failed";
    try {
      outcome = await this.#options.attempt(key, this.#abort.signal);
    } catch (error) {
      outcome = "failed";
      this.#options.debug?.(`dialling ${key}: ${messageOf(error)}`);
    }
    if (outcome === "not wanted") this.#schedule.remove(key);
    // lost again, or news of it, before the attempt was over: that stands
    if (!this.#schedule.isIdle(key)) return;
    if (outcome === "connected") this.#schedule.connected(key);
    if (outcome === "detoured") this.#schedule.detoured(key, this.#clock());
    if (outcome === "failed") this.#schedule.failed(key, this.#clock());
  }
}
