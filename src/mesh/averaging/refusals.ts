/**
 * Members whose weights are refused again and again within one of this peer's rounds. Pure.
 *
 * An honest one may be farther away than members are for a while; it comes near by some four exchanges that it begins,
 * since it takes what it is given. So the first refusal of a round is held against it, and then only each eighth; and
 * after eight nothing is exchanged with it until the next round: it would be given weights each time, of which each is
 * a record of the audit log, and keep this peer from others meanwhile.
 *
 * @module
 */

/** So many refusals count as one more offence, and end the exchanges of a round. */
const MOST = 8;

/** Counts what was refused. */
export class Refusals {
  readonly #round: () => number;
  readonly #members = new Map<string, { round: number; count: number }>();

  /** @param round says which one this peer is in, once something was refused. */
  constructor(round: () => number) {
    this.#round = round;
  }

  /** What `peer` has sent, or asks for in spite of all, is refused. @returns whether it is held against it. */
  add(peer: string): boolean {
    const count = this.#of(peer) + 1;
    this.#members.set(peer, { round: this.#round(), count });
    return count % MOST === 1;
  }

  /** Why nothing is exchanged with `peer` any more in this round, as half a sentence; undefined: it is. */
  whyNoMore(peer: string): string | undefined {
    if (this.#of(peer) < MOST) return undefined;
    return `its weights were refused ${MOST} times in a round of this site: the next ones are looked at in the next round`;
  }

  #of(peer: string): number {
    const before = this.#members.get(peer);
    return before && before.round === this.#round() ? before.count : 0;
  }
}
