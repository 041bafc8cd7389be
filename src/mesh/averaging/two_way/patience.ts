/**
 * How long planned partners are waited for in a step, by how long they and others took to come to the last ones. Pure:
 * the clock comes from outside.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Patience } from "./patience.ts";
 *
 * let now = 0;
 * const patience = new Patience({ most: 60_000, now: () => now });
 * const step = (training: number, takes: Record<string, number>) => {
 *   now += training;
 *   patience.begin(Object.keys(takes));
 *   for (const [peer, late] of Object.entries(takes)) patience.came(peer, now + late);
 *   patience.end();
 * };
 * for (let i = 0; i < 2; i++) step(1_000, { a: 500, b: 900, c: 0 });
 * patience.begin(["c"]);
 * // of a and b the middle is 700 ms, and 4 spreads, which count as no smaller, come on top
 * assertEquals(patience.left(["c"]), 3_500);
 * ```
 *
 * @module
 */
import { median } from "../../../core/statistics.ts";
import { world } from "../../../core/world.ts";

/** Options of {@linkcode Patience}. */
export interface PatienceOptions {
  /** The longest wait in a step, in milliseconds. */
  most: number;
  /** Milliseconds from any beginning that only goes forward. @default world.elapsed */
  now?: () => number;
}

/** Times that are kept of each partner, and of this peer's own. */
const KEPT = 9;

/** So many spreads above the median is too long; the spread counts as no smaller than the median itself. */
const SPREADS = 4;

/** The shortest wait, in milliseconds: what messages take is no lateness. */
const LEAST = 1_000;

/** A partner that did not come in the time that it was given would have taken so many times that, at least. */
const BEYOND = 2;

/** Waits of one peer's steps. */
export class Patience {
  readonly #most: number;
  readonly #now: () => number;
  /** Milliseconds after this peer, of its latest steps, by partner. */
  readonly #late = new Map<string, number[]>();
  /** Milliseconds that this peer had to do between two steps. */
  #own: number[] = [];
  #began = 0;
  #ended: number | undefined;
  /** How long those may take in this step that have not come. */
  readonly #limits = new Map<string, number>();
  /** Those that are there and have said that they will come. */
  readonly #expected = new Set<string>();

  constructor({ most, now = world.elapsed }: PatienceOptions) {
    this.#most = most;
    this.#now = now;
  }

  /** This peer has come to a step in which it is to meet `planned`. */
  begin(planned: readonly string[]): void {
    this.#began = this.#now();
    if (this.#ended !== undefined) this.#own = [...this.#own, this.#began - this.#ended].slice(-KEPT);
    this.#limits.clear();
    this.#expected.clear();
    for (const peer of planned) this.#limits.set(peer, this.#limit(peer));
  }

  /** For how many milliseconds one of `peers` is still worth to be waited for; 0: none is. */
  left(peers: readonly string[]): number {
    const longest = Math.max(0, ...peers.map((peer) => this.#limits.get(peer) ?? 0));
    return Math.max(0, longest - (this.#now() - this.#began));
  }

  /** `peer` is there and says that it will come to the step. */
  expect(peer: string): void {
    if (this.#limits.has(peer)) this.#expected.add(peer);
  }

  /** `peer` had come at a time of this peer's clock. @param at now, by default */
  came(peer: string, at: number = this.#now()): void {
    if (this.#limits.delete(peer)) this.#note(peer, at - this.#began);
    this.#expected.delete(peer);
  }

  /** Those that are planned and not `unmet` any more have come. */
  allBut(unmet: readonly string[]): void {
    for (const peer of [...this.#limits.keys()]) if (!unmet.includes(peer)) this.came(peer);
  }

  /** The step is over. */
  end(): void {
    this.#ended = this.#now();
    for (const peer of this.#expected) {
      this.#note(peer, BEYOND * Math.max(this.#limits.get(peer)!, this.#ended - this.#began));
    }
    this.#limits.clear();
    this.#expected.clear();
  }

  #note(peer: string, milliseconds: number): void {
    this.#late.set(peer, [...this.#late.get(peer) ?? [], milliseconds].slice(-KEPT));
  }

  /**
   * How long `peer` may take: what the others' middle and spread make likely, or as long as this peer had to do itself;
   * the most where that or two others are not known yet. One that took longer as a rule is hardly waited for.
   */
  #limit(peer: string): number {
    const others = [...this.#late].filter(([other]) => other !== peer).map(([, times]) => median(times));
    const least = Math.min(LEAST, this.#most);
    if (others.length < 2 || this.#own.length === 0) return this.#most;
    const middle = median(others);
    const spread = median(others.map((time) => Math.abs(time - middle)));
    const likely = middle + SPREADS * Math.max(spread, middle);
    const limit = Math.min(this.#most, Math.max(least, likely, ...this.#own));
    const own = this.#late.get(peer);
    return own && median(own) > limit ? least : limit;
  }
}
