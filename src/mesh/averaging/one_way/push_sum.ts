/**
 * Push-sum (Kempe, Dobra, Gehrke 2003, "Gossip-based computation of aggregate information"; for training: Assran et al.
 * 2019, "Stochastic gradient push"): averaging over one-way links, where nobody knows what it will be sent.
 *
 * Each peer holds a numerator s and a weight w, at first m·x and m. To push it sends part of both and keeps the rest;
 * what arrives is added. However late or to whom, Σ s and Σ w over peers and messages under way stay what they were, so
 * every estimate s / w tends to Σ m·x / Σ m. A push that fails goes back to its sender. An update u of local training
 * adds m·u to s with the site's own mass m, so that contributions count by who made them, not by the weight that
 * happens to be there.
 *
 * @module
 */
import { checkMass, checkVector } from "../state.ts";

type Vector = Float32Array<ArrayBuffer>;

/** Part of a peer's numerator and weight, on its way. */
export interface Share {
  readonly numerator: Vector;
  readonly weight: number;
}

/** Options of {@linkcode PushSumState}. */
export interface PushSumOptions {
  /** What this site contributes with; finite, above 0. */
  mass: number;
}

/** A new vector; a loop, since `map` takes several times as long. */
function scaled(vector: Float32Array, factor: number): Vector {
  const result = new Float32Array(vector.length);
  for (let i = 0; i < result.length; i++) result[i] = factor * vector[i];
  return result;
}

/** One peer's part of push-sum. */
export class PushSumState {
  readonly mass: number;
  readonly #numerator: Vector;
  #weight: number;

  /** @throws {RangeError} if the mass is not positive or the vector is empty or not finite. */
  constructor(vector: Float32Array, { mass }: PushSumOptions) {
    checkMass(mass);
    checkVector(vector, vector.length);
    this.mass = mass;
    this.#weight = mass;
    this.#numerator = scaled(vector, mass);
  }

  /** Number of values of the vector. */
  get length(): number {
    return this.#numerator.length;
  }

  /** w: at first the mass, above 0 for ever. */
  get weight(): number {
    return this.#weight;
  }

  /** s / w, a copy. */
  estimate(): Vector {
    return scaled(this.#numerator, 1 / this.#weight);
  }

  /**
   * Adds what local training changed: s += m·update.
   *
   * @throws {RangeError} if `update` has another length or is not finite; the state stays as it was.
   */
  contribute(update: Float32Array): void {
    checkVector(update, this.length);
    for (let i = 0; i < this.length; i++) this.#numerator[i] += this.mass * update[i];
  }

  /**
   * Takes `part` of numerator and weight out, to be sent. `transmitted` says what the receiver will decode of the
   * numerator (default: all); the rest stays here, so compression loses nothing either.
   *
   * @throws {RangeError} if `part` is not above 0 and below 1.
   */
  push(part: number, transmitted: (numerator: Vector) => Vector = (numerator) => numerator): Share {
    if (!(part > 0 && part < 1)) throw new RangeError(`the part pushed must be above 0 and below 1, got ${part}`);
    const numerator = transmitted(scaled(this.#numerator, part));
    checkVector(numerator, this.length);
    const weight = part * this.#weight;
    for (let i = 0; i < this.length; i++) this.#numerator[i] -= numerator[i];
    this.#weight -= weight;
    return { numerator, weight };
  }

  /**
   * Adds a share that arrived, or one's own that could not be delivered.
   *
   * @throws {RangeError} if its weight or numerator is not acceptable; the state stays as it was.
   */
  receive({ numerator, weight }: Share): void {
    checkMass(weight);
    checkVector(numerator, this.length);
    for (let i = 0; i < this.length; i++) this.#numerator[i] += numerator[i];
    this.#weight += weight;
  }
}
