/**
 * How often each peer may do a thing: a number of times at once, and one more after each interval (a token bucket a
 * peer). Pure: the clock comes from outside.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Pace } from "./pace.ts";
 *
 * let now = 0;
 * const pace = new Pace({ burst: 2, interval: 1_000, now: () => now });
 * assertEquals([pace.take("a"), pace.take("a"), pace.take("a"), pace.take("b")], [true, true, false, true]);
 * now = 1_000;
 * assertEquals([pace.take("a"), pace.take("a")], [true, false]);
 * ```
 *
 * @module
 */
import { world } from "../../core/world.ts";

/** Options of {@linkcode Pace}. */
export interface PaceOptions {
  /** Times at once. */
  burst: number;
  /** Milliseconds after which there may be one more. */
  interval: number;
  /** Milliseconds from any beginning that only goes forward. @default world.elapsed */
  now?: () => number;
}

/** Keeps the pace of each peer; of members only, since one that is kept is kept for ever. */
export class Pace {
  readonly #options: Required<PaceOptions>;
  readonly #peers = new Map<string, { left: number; at: number }>();

  constructor({ now = world.elapsed, ...options }: PaceOptions) {
    this.#options = { now, ...options };
  }

  /** Whether `peer` may do it now, which counts. */
  take(peer: string): boolean {
    const { burst, interval, now } = this.#options;
    const at = now();
    const before = this.#peers.get(peer) ?? { left: burst, at };
    const left = Math.min(burst, before.left + (at - before.at) / interval);
    const isAllowed = left >= 1;
    this.#peers.set(peer, { left: isAllowed ? left - 1 : left, at });
    return isAllowed;
  }
}
