/**
 * What simulated peers believe of each other, as real ones do by heads; here everybody announces what it sends.
 *
 * @module
 */
import { messageOf } from "../../../core/errors.ts";
import { UnsoundError } from "../_messages.ts";
import { distance, type Received, type Refusal } from "../aggregation/rule.ts";
import { type Announced, Judge } from "../judging/judge.ts";
import type { MassedVector } from "../state.ts";

/** What a peer makes of what it received. */
export interface Judged {
  readonly believed: readonly Received[];
  readonly refused: readonly Refusal[];
}

/** One judge for each peer. */
export class SimulatedJudges {
  readonly #judges: readonly Judge[];
  readonly #moved: number[];
  #announced: readonly Announced[] = [];

  /** Of so many peers. */
  constructor(peers: number, { lossless }: { lossless: boolean }) {
    const options = {
      others: () => peers - 1,
      announced: () => this.#announced,
      lossless,
      capped: () => {},
      cappedShare: () => {},
    };
    this.#judges = Array.from({ length: peers }, () => new Judge(options));
    this.#moved = new Array(peers).fill(0);
  }

  /** A peer's training has made `after` of `before`. */
  moved(peer: number, before: Float32Array, after: Float32Array): void {
    this.#moved[peer] = distance(before, after);
  }

  /** What `own`, which stands at `mine`, believes of `received`. */
  judge(own: number, mine: MassedVector, received: readonly Received[]): Judged {
    this.#announced = received.map(({ peer, vector, mass }) => ({
      peer,
      distance: distance(mine.vector, vector),
      mass,
    }));
    const side = { ...mine, moved: this.#moved[own] };
    const believed: Received[] = [], refused: Refusal[] = [];
    for (const one of received) {
      try {
        this.#judges[own].check(side, one.vector, one.peer);
        believed.push({ ...one, mass: this.#judges[own].massOf(one.peer, one.mass, mine) });
      } catch (error) {
        if (!(error instanceof UnsoundError)) throw error;
        refused.push({ peer: one.peer, reason: messageOf(error) });
      }
    }
    return { believed, refused };
  }
}
