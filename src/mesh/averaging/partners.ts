/**
 * With whom to average: epidemic choice, a random connected member. Pure and seeded.
 *
 * @module
 */
import type { Rng } from "../../core/rng.ts";

/** The order in which an exchange asks the connected members: all of them once, at random. */
export function partnerOrder(members: readonly string[], rng: Rng): string[] {
  return rng.shuffle([...members].sort());
}

/**
 * How long to wait after everybody asked was busy, in milliseconds: uniform in a window that doubles with each attempt
 * (10 to 320 ms), so that two peers that keep asking each other at the same time part soon.
 */
export function busyDelay(attempt: number, rng: Rng): number {
  return rng.uniform(1, 10 * 2 ** Math.min(attempt, 5));
}
