/**
 * How far a member pulls this peer in one of its rounds. Each of its vectors may be near enough, and still many in a
 * row, each a little farther on, lead this peer anywhere: nothing bounds how often a member asks.
 *
 * Every exchange moves this peer by its share of the distance. What an honest member pulls it by in a round is the first
 * of these, and what that one's training adds meanwhile: of one that is 20 times faster, some 20 rounds of training.
 *
 * @module
 */

/** How many times what one vector may be away all those of a member may pull this peer by in a round. */
const MOST_TIMES = 3;

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
  readonly #members = new Map<string, { ownRound: number; sum: number }>();

  /** Why `peer` may pull no farther in this round, as half a sentence that goes on from "its weights are refused", if so. */
  whyTooMuch(peer: string, { ownRound, distance, share }: Pulled, limit: number): string | undefined {
    const sum = this.#sumOf(peer, ownRound) + share * distance;
    if (sum <= MOST_TIMES * limit) return undefined;
    return `in one round it may pull this site by ${
      text(MOST_TIMES * limit)
    }, ${MOST_TIMES} times what weights may be away, got ${text(sum)}`;
  }

  /** It was averaged with. */
  add(peer: string, { ownRound, distance, share }: Pulled): void {
    this.#members.set(peer, { ownRound, sum: this.#sumOf(peer, ownRound) + share * distance });
  }

  #sumOf(peer: string, ownRound: number): number {
    const before = this.#members.get(peer);
    return before?.ownRound === ownRound ? before.sum : 0;
  }
}
