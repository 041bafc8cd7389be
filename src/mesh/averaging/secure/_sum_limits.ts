/**
 * How long a sum may take once its members are settled: what the slowest line takes, or, where sums that two other members
 * collected are known, what these make likely. So one that collects and then says nothing holds nobody for long.
 *
 * Members wait longer than the collector, which alone knows who is missing, and tells them.
 *
 * @module
 */
import { longestTransfer } from "../../protocols/slowest_line.ts";
import { PartnerTimes } from "../partner_times.ts";
import type { Attempt } from "./roster.ts";

/** The shortest limit of a collector, in milliseconds: a machine that stands still for a moment is not gone. */
const LEAST = 5_000;

/** So many times as long do members wait. */
const MEMBERS_TIMES = 1.5;

/** So many spreads above the median is too long. */
const SPREADS = 8;

/** Sums that a member began to collect and were given up, after which it is not asked to. */
const MOST_GIVEN_UP = 2;

/** Sums in a row that a member has made void by giving nothing in time, after which one is made without it, then two, four. */
const MOST_VOID = 2;

/** What was given up would have taken so many times as long, at least. */
const BEYOND = 2;

/** Options of {@linkcode SumLimits}. */
export interface SumLimitsOptions {
  /** Longest wait for one message, in milliseconds. */
  stepTimeout: number;
  /** Peer id. */
  self: string;
}

/** Which sum it is about. */
export type SumSize = Pick<Attempt, "collector" | "values"> & { readonly members: number };

/** Limits of one peer's sums. */
export class SumLimits {
  readonly #options: SumLimitsOptions;
  /** By collector. */
  readonly #times = new PartnerTimes({ spreads: SPREADS });
  /** Of each collector since it has collected one. */
  readonly #givenUp = new Map<string, number>();
  /** Of each member since it was in a sum that this peer has collected: those that it has made void, and how many go without it. */
  readonly #void = new Map<string, { sums: number; without: number }>();

  constructor(options: SumLimitsOptions) {
    this.#options = options;
  }

  /** The longest that this peer waits for the whole of a sum, in milliseconds. */
  longest({ collector, values, members }: SumSize): number {
    const { stepTimeout, self } = this.#options;
    // all parts go to one member, and back
    const most = longestTransfer(8 * values * (members - 1), 2 * stepTimeout);
    const likely = this.#times.likely(collector, values);
    const times = collector === self ? 1 : MEMBERS_TIMES;
    return likely === undefined ? most : Math.min(most, times * Math.max(LEAST, likely));
  }

  /** Whether `peer` is not asked any more, since nothing came of what it was to collect. */
  isPassedOver(peer: string): boolean {
    return (this.#givenUp.get(peer) ?? 0) >= MOST_GIVEN_UP;
  }

  /** `peers` have given nothing in time to one that this peer collects. */
  gaveNothing(peers: readonly string[]): void {
    for (const peer of peers) {
      const sums = (this.#void.get(peer)?.sums ?? 0) + 1;
      this.#void.set(peer, { sums, without: sums < MOST_VOID ? 0 : 2 ** (sums - MOST_VOID) });
    }
  }

  /** Whether the sum that this peer is to collect now is made without `peer`. */
  goesWithout(peer: string): boolean {
    const entry = this.#void.get(peer);
    if (!entry || entry.without === 0) return false;
    entry.without--;
    return true;
  }

  /** `peers` were in a sum that this peer has collected. */
  gave(peers: readonly string[]): void {
    for (const peer of peers) this.#void.delete(peer);
  }

  /** One was done after `milliseconds`. */
  took({ collector, values }: SumSize, milliseconds: number): void {
    this.#givenUp.delete(collector);
    this.#times.took(collector, values, milliseconds);
  }

  /** Nothing has come of one in time. @param isBegun whether its members were settled, so that it says how long sums take */
  givenUp(size: SumSize, { isBegun }: { isBegun: boolean }): void {
    const { collector, values } = size;
    this.#givenUp.set(collector, (this.#givenUp.get(collector) ?? 0) + 1);
    if (isBegun) this.#times.took(collector, values, BEYOND * this.longest(size));
  }
}
