/**
 * How long an exchange may take as a whole, by what exchanges take with others, and who is left alone for a while because
 * its ones took longer. Pure: the clock comes from outside.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { PartnerTimes } from "./partner_times.ts";
 *
 * const times = new PartnerTimes({ floor: 30_000 });
 * assertEquals(times.limit("c", 262_144), 38_000); // 2 MiB both ways over the slowest line, and the floor
 * times.took("a", 262_144, 4_000);
 * times.took("b", 262_144, 6_000);
 * assertEquals(times.limit("c", 262_144), 105_000); // what nobody's pace explains is too long
 * ```
 *
 * @module
 */
import { median } from "../../core/statistics.ts";
import { world } from "../../core/world.ts";
import { longestTransfer, SLOWEST_LINE } from "../protocols/slowest_line.ts";

/** Options of {@linkcode PartnerTimes}. */
export interface PartnerTimesOptions {
  /** What is allowed beside the time on the line, in milliseconds. @default 30000 */
  floor?: number;
  /** The line that is waited for however fast the others' are, in bytes a second. @default 262144 */
  slowest?: number;
  /** So many spreads above the median is too long; the spread counts as no smaller than the median itself. @default 20 */
  spreads?: number;
  /** Milliseconds from any beginning that only goes forward. @default world.elapsed */
  now?: () => number;
}

/** Times that are kept of each partner. */
const KEPT = 9;

/** Values below which an exchange takes no less. */
const FEWEST_VALUES = 65_536;

/** Bytes that an exchange of one value is at most, both ways. */
const VALUE_BYTES = 8;

/** After how many exchanges that took too long a partner is left alone; one that did not makes up for half of one. */
const PATIENCE = 2;

/** So much longer than its last exchange took a partner is left alone, at first. */
const REST = 4;

/** The longest that it is, in milliseconds. */
const LONGEST_REST = 600_000;

interface Partner {
  /** Milliseconds a value, of the latest exchanges. */
  paces: number[];
  overruns: number;
  restsUntil: number;
}

/** Times of one peer's exchanges. */
export class PartnerTimes {
  readonly #floor: number;
  readonly #slowest: number;
  readonly #spreads: number;
  readonly #now: () => number;
  readonly #partners = new Map<string, Partner>();

  constructor(
    { floor = 30_000, slowest = SLOWEST_LINE, spreads = 20, now = world.elapsed }: PartnerTimesOptions = {},
  ) {
    this.#floor = floor;
    this.#slowest = slowest;
    this.#spreads = spreads;
    this.#now = now;
  }

  /**
   * How long an exchange of `values` values with `peer` may take, in milliseconds: what the slowest line takes, or, where
   * the pace of two others or more is known and makes more likely, that.
   */
  limit(peer: string, values: number): number {
    const slowest = longestTransfer(VALUE_BYTES * values, this.#floor, this.#slowest);
    return Math.max(slowest, this.likely(peer, values) ?? 0);
  }

  /** How long it takes at most by the pace of two others or more, in milliseconds; undefined where that is not known. */
  likely(peer: string, values: number): number | undefined {
    const paces = [...this.#partners].filter(([other, { paces }]) => other !== peer && paces.length > 0)
      .map(([, { paces }]) => median(paces));
    if (paces.length < 2) return undefined;
    const middle = median(paces);
    const spread = median(paces.map((pace) => Math.abs(pace - middle)));
    return (middle + this.#spreads * Math.max(spread, middle)) * Math.max(values, FEWEST_VALUES);
  }

  /** An exchange with `peer` is done. */
  took(peer: string, values: number, milliseconds: number): void {
    const partner = this.#partner(peer);
    partner.paces = [...partner.paces, milliseconds / Math.max(values, FEWEST_VALUES)].slice(-KEPT);
    // one that keeps to every other exchange is not forgiven
    partner.overruns = Math.max(0, partner.overruns - 0.5);
  }

  /**
   * One with `peer` was given up after `milliseconds`, because nothing came in time.
   *
   * @returns for how many milliseconds it is left alone from now on; 0: it is not.
   */
  overran(peer: string, milliseconds: number): number {
    const partner = this.#partner(peer);
    if (++partner.overruns < PATIENCE) return 0;
    const longer = REST * milliseconds * 2 ** Math.min(Math.floor(partner.overruns) - PATIENCE, 20);
    const rest = Math.min(LONGEST_REST, longer);
    partner.restsUntil = this.#now() + rest;
    return rest;
  }

  /** Whether `peer` is left alone now: it is not asked, and is told to come later. */
  rests(peer: string): boolean {
    return (this.#partners.get(peer)?.restsUntil ?? 0) > this.#now();
  }

  #partner(peer: string): Partner {
    const partner = this.#partners.get(peer) ?? { paces: [], overruns: 0, restsUntil: 0 };
    this.#partners.set(peer, partner);
    return partner;
  }
}
