/**
 * What gossip averaging keeps at one peer, and the arithmetic of one exchange; pure, no I/O.
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
import { allFinite } from "../../core/vectors.ts";

/** One peer's part of an exchange, frozen when it was taken. */
export interface Snapshot {
  /** A copy: nobody changes it, so it may be sent as it is. */
  readonly vector: Float32Array<ArrayBuffer>;
  readonly mass: number;
  readonly round: number;
}

/** What any way of averaging keeps at one peer. */
export interface LocalState {
  readonly layout: string;
  /** The weight of this site. */
  readonly mass: number;
  /** Number of values of the vector. */
  readonly length: number;
  /** The round of the latest contribution. */
  readonly round: number;
  /** A copy of where this peer stands. */
  snapshot(): Snapshot;
  /**
   * Adds what local training changed.
   *
   * @throws {RangeError} if `update` has another length or is not finite; the state stays as it was.
   */
  contribute(update: Float32Array, round: number): void;
}

/** Options of {@linkcode AveragingState}. */
export interface AveragingStateOptions {
  /** Names the order and shapes of what the vector holds; only equal layouts are averaged. */
  layout: string;
  /** The weight of this site; finite, above 0. */
  mass: number;
  /** The round that the vector belongs to. */
  round: number;
}

/** The state of one peer. */
export class AveragingState implements LocalState {
  readonly layout: string;
  readonly mass: number;
  readonly #vector: Float32Array<ArrayBuffer>;
  #round: number;

  /** @throws {RangeError} if the mass is not positive or the vector is empty or not finite. */
  constructor(vector: Float32Array, { layout, mass, round }: AveragingStateOptions) {
    checkMass(mass);
    checkVector(vector, vector.length);
    this.layout = layout;
    this.mass = mass;
    this.#round = round;
    this.#vector = new Float32Array(vector);
  }

  /** Number of values of the vector. */
  get length(): number {
    return this.#vector.length;
  }

  /** The round of the latest contribution. */
  get round(): number {
    return this.#round;
  }

  /** A copy of where this peer stands. */
  snapshot(): Snapshot {
    return { vector: this.#vector.slice(), mass: this.mass, round: this.#round };
  }

  /**
   * Adds what local training changed: x += update.
   *
   * @throws {RangeError} if `update` has another length or is not finite; the state stays as it was.
   */
  contribute(update: Float32Array, round: number): void {
    this.apply(update);
    this.#round = Math.max(this.#round, round);
  }

  /**
   * Adds what an exchange or a round of them comes to: x += difference.
   *
   * @throws {RangeError} if `difference` has another length or is not finite; the state stays as it was.
   */
  apply(difference: Float32Array): void {
    checkVector(difference, this.#vector.length);
    for (let i = 0; i < difference.length; i++) this.#vector[i] += difference[i];
  }
}

/** The largest mass that is believed: a site does not have more cases. */
export const MAX_MASS = 1e9;

/** @throws {RangeError} if `mass` is not finite, above 0 and at most {@linkcode MAX_MASS}. */
export function checkMass(mass: number): void {
  if (!(mass > 0 && mass <= MAX_MASS)) {
    throw new RangeError(`a mass must be above 0 and at most ${MAX_MASS}, got ${mass}`);
  }
}

/** @throws {RangeError} if `vector` does not hold `length` > 0 finite values. */
export function checkVector(vector: Float32Array, length: number): void {
  if (vector.length !== length || length === 0) {
    throw new RangeError(`a vector must hold ${length || "at least 1"} values, got ${vector.length}`);
  }
  if (!allFinite(vector)) throw new RangeError("a vector must hold finite values only");
}
