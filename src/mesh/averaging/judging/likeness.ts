/**
 * Whether a vector may be one of the same training: pure arithmetic on norms and distances.
 *
 * Members begin with equal weights and mix them all the time, so their vectors are close to each other beside their
 * norm: eight real peers were 0.005 of it apart, and 0.024 when they never met (`tests/integration/churn_test.ts`).
 *
 * @module
 */
import { inSlices } from "../../../core/slices.ts";

/** Norms of vectors that are mixed are within this factor of each other. */
const NORM_RATIO = 4;
/** How many times what is typical a vector may be away: sites that train ten times as much in a round move as far. */
const FAR = 10;
/** So near, beside one's own norm, nothing is far: before the first rounds there is little to compare with. */
const NEAR = 0.05;
/** The same where encodings lose something, four bits a value about a tenth of the norm on either side, or little is known. */
const NEAR_INEXACT = 0.3;

/** How two vectors lie to each other. */
export interface Likeness {
  /** L2 norms. */
  readonly own: number;
  /** Of the other one. */
  readonly other: number;
  /** L2 norm of the difference. */
  readonly distance: number;
}

/** Squares of the norms and the distance, summed up as far as the vectors have been looked at. */
class Squares {
  #own = 0;
  #other = 0;
  #between = 0;

  add(own: Float32Array, other: Float32Array, from: number, to: number): void {
    let [a, b, between] = [this.#own, this.#other, this.#between];
    for (let i = from; i < to; i++) {
      const x = own[i], y = other[i];
      a += x * x;
      b += y * y;
      between += (x - y) * (x - y);
    }
    [this.#own, this.#other, this.#between] = [a, b, between];
  }

  get likeness(): Likeness {
    return { own: Math.sqrt(this.#own), other: Math.sqrt(this.#other), distance: Math.sqrt(this.#between) };
  }
}

/** Norms and distance of two vectors of one length, in one pass; the norm of one with NaN or infinities is not finite. */
export function likenessOf(own: Float32Array, other: Float32Array): Likeness {
  const squares = new Squares();
  squares.add(own, other, 0, own.length);
  return squares.likeness;
}

/** The same, bit by bit, while the event loop goes on. */
export async function likenessInSlices(own: Float32Array, other: Float32Array): Promise<Likeness> {
  const squares = new Squares();
  await inSlices(own.length, (from, to) => squares.add(own, other, from, to));
  return squares.likeness;
}

const text = (value: number) => value.toPrecision(3);

/** Why the norms are not those of two vectors of one training, as half a sentence, if so. */
export function whyAnotherNorm({ own, other }: Pick<Likeness, "own" | "other">, ratio = NORM_RATIO) {
  if (other <= ratio * own && own <= ratio * other) return undefined;
  return `their norm must be within ${ratio} times one's own ${text(own)}, got ${text(other)}`;
}

/**
 * Why a vector must not be mixed with one's own, as half a sentence that goes on from "its weights are refused", if so.
 *
 * Both sides of an exchange come to the same answer but for `typical`.
 *
 * @param options.typical how far members are apart as a rule; undefined where there is nobody to tell by.
 * @param options.exact whether the encodings lose nothing, and this peer has trained, so that it knows how far one moves.
 */
export function whyUnlike(
  likeness: Likeness,
  { typical, exact = true }: { typical?: number; exact?: boolean } = {},
): string | undefined {
  const norms = whyAnotherNorm(likeness);
  if (norms !== undefined) return norms;
  const { own, other, distance } = likeness;
  const most = Math.max(own, other);
  if (distance > most) return `they must be within ${text(most)} of one's own, the larger norm, got ${text(distance)}`;
  if (typical === undefined) return undefined;
  const limit = farthest(own, { typical, exact });
  if (distance <= limit) return undefined;
  const rule = limit === FAR * typical
    ? `${FAR} times what members are apart`
    : `${exact ? NEAR : NEAR_INEXACT} of the norm`;
  return `they must be within ${text(limit)} of one's own, ${rule}, got ${text(distance)}`;
}

/** How far from a vector of norm `own` another one may be; see {@linkcode whyUnlike}. */
export function farthest(own: number, { typical, exact }: { typical: number; exact: boolean }): number {
  return Math.max(FAR * typical, (exact ? NEAR : NEAR_INEXACT) * own);
}
