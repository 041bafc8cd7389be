/**
 * How far a member pulls this peer, in one of its rounds and over many. Each of its vectors may be near enough, and still
 * many in a row, each a little farther on, lead this peer anywhere: nothing bounds how often a member asks.
 *
 * Every exchange moves this peer by its share of the distance. What an honest member pulls it by in a round is the first
 * of these, and what that one's training adds meanwhile: of one that is 20 times faster, some 20 rounds of training. Of
 * what it pulled by nine tenths count in the next round still, so that over many rounds it is a tenth of that in each.
 * The directions are not looked at: honest members' pulls add up, too, where their data differ (docs/security.md).
 *
 * @module
 */

/** How many times what one vector may be away all those of a member may pull this peer by in a round. */
const MOST_TIMES = 3;

/** The part of it that still counts in this peer's next round. */
const KEPT = 0.9;

const text = (value: number) => value.toPrecision(3);

/** An exchange with a member. */
export interface Pulled {
  /** This peer's round. */
  readonly ownRound: number;
  /** L2 norm of the difference between its vector and this peer's. */
  readonly distance: number;
  /** The part of the way that this peer goes, at most 1. */
  readonly share: number;
}

/** Adds up what members pull by. */
export class Pulls {
  /** In what one vector may be away, which becomes less in the course of a training. */
  readonly #members = new Map<string, { ownRound: number; sum: number }>();

  /** Why `peer` may pull no farther in this round, as half a sentence that goes on from "its weights are refused", if so. */
  whyTooMuch(peer: string, { ownRound, distance, share }: Pulled, limit: number): string | undefined {
    const before = this.#sumOf(peer, ownRound), sum = before + share * distance / limit;
    if (sum <= MOST_TIMES) return undefined;
    const most = text(MOST_TIMES * limit), more = text(share * distance), used = text(before * limit);
    return `it may pull this site by ${most} in a round, ${MOST_TIMES} times what weights may be away, and by a tenth of ` +
      `that in each of many, got ${more} after ${used}`;
  }

  /** It was averaged with. */
  add(peer: string, { ownRound, distance, share }: Pulled, limit: number): void {
    this.#members.set(peer, { ownRound, sum: this.#sumOf(peer, ownRound) + share * distance / limit });
  }

  #sumOf(peer: string, ownRound: number): number {
    const before = this.#members.get(peer);
    return before ? before.sum * KEPT ** Math.max(0, ownRound - before.ownRound) : 0;
  }
}
