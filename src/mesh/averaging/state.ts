/**
 * The state that a peer averages, and the arithmetic of one exchange; pure, no I/O.
 *
 * Each site has a mass m > 0 (what it contributes with, such as its number of training cases) and a vector x. With the
 * rule `mean`, an exchange between A and B with the weight 1/2 sets both vectors to (mA·xA + mB·xB) / (mA + mB). That
 * leaves Σ m·x over the mesh as it was, so repeated exchanges, in any order and with any partners, drive every x to the
 * mass-weighted mean Σ m·x / Σ m.
 *
 * Masses stay with their sites. (Averaging them as well would conserve Σ m·x too, but after a few exchanges all
 * masses would be equal, and a later update u, which adds m·u to the sum, would count alike for a site of 8 cases and
 * of 800.)
 *
 * An exchange takes time, and training does not wait for it: its result is added as the difference between the mean and
 * what the peer had sent, so an update that was contributed meanwhile is kept in full.
 *
 * @module
 */
import { inSlices } from "../../core/slices.ts";
import { allFinite } from "../../core/vectors.ts";

/** A vector and the mass of its site. */
export interface MassedVector {
  /** Its values, in the order of the layout. */
  readonly vector: Float32Array;
  /** What the site contributes with, as it claims; above 0. */
  readonly mass: number;
}

/** A state as it was when it was asked for. */
export interface Snapshot extends MassedVector {
  /** As it was then: nobody may change it, so it may be sent as it is. */
  readonly vector: Float32Array<ArrayBuffer>;
  /** The round of the latest contribution. */
  readonly round: number;
  /** Over one-way links: what the peer holds of all masses, which a later life begins with. */
  readonly weight?: number;
}

/** What a peer keeps, over two-way links (`two_way/state.ts`) or over one-way ones (`one_way/state.ts`). */
export interface State {
  /** Digest of names and shapes that the vector is made of. */
  readonly layout: string;
  /** The weight of this site. */
  readonly mass: number;
  /** Number of values of the vector. */
  readonly length: number;
  /** The round of the latest contribution. */
  readonly round: number;
  /** Over one-way links: what this peer holds of all masses now. */
  readonly weight?: number;
  /** The L2 norm of the longest of the latest contributions; 0 where there was none. */
  readonly moved: number;
  /** Where this peer stands. */
  snapshot(): Snapshot;
  /** Nobody looks at `snapshot` any more: its memory may be used again. @default it is left to the garbage collector */
  giveBack?(snapshot: Snapshot): void;
  /** What others may see of it; undefined where that is nothing yet. */
  shown(): Snapshot | undefined;
  /**
   * Adds what local training changed: at once, or, so that a large vector does not keep the network waiting, when what
   * it returns resolves; `update` must not change before that.
   *
   * @throws {RangeError} at once, or as that rejection, if `update` has another length or is not finite; the state
   * stays as it was.
   */
  contribute(update: Float32Array, round: number): void | Promise<void>;
}

/** What a state begins with, beside its vector. */
export interface StateOptions {
  /** Names the order and shapes of what the vector holds; only equal layouts are averaged. */
  layout: string;
  /** The weight of this site; finite, above 0. */
  mass: number;
  /** The round that the vector belongs to. */
  round: number;
  /** Over one-way links: what the site held of all masses in an earlier life. @default its mass */
  weight?: number;
}

/** The largest mass that is believed: a site does not have more cases. */
export const MAX_MASS = 1e9;

/** @throws {RangeError} if `mass` is not finite, above 0 and at most {@linkcode MAX_MASS}. */
export function checkMass(mass: number): void {
  if (!(mass > 0 && mass <= MAX_MASS)) {
    throw new RangeError(`a mass must be above 0 and at most ${MAX_MASS}, got ${mass}`);
  }
}

/** Vectors that nobody changes any more, and of which it is known that every value is finite. */
const finite = new WeakSet<Float32Array>();

/** @throws {RangeError} if `vector` does not hold `length` > 0 finite values. */
export function checkVector(vector: Float32Array, length: number): void {
  if (vector.length !== length || length === 0) {
    throw new RangeError(`a vector must hold ${length || "at least 1"} values, got ${vector.length}`);
  }
  if (!finite.has(vector) && !allFinite(vector)) throw new RangeError("a vector must hold finite values only");
}

/**
 * The same while the event loop goes on, of a vector that nobody changes any more: {@linkcode checkVector} does not
 * look at its values again.
 */
export async function checkVectorInSlices(vector: Float32Array, length: number): Promise<void> {
  await inSlices(vector.length, (from, to) => {
    if (!allFinite(vector.subarray(from, to))) throw new RangeError("a vector must hold finite values only");
  });
  finite.add(vector);
  checkVector(vector, length);
}
