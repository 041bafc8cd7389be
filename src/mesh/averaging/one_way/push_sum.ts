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
 * So u moves the sender's own estimate by m/w·u. Whoever takes steps faster than the others give it anything would come
 * to a weight of nearly nothing, and train from weights that its own updates have thrown far off. Therefore a site keeps
 * at least half of its mass ({@linkcode PushSumState.spare}), and takes up its mass again when it has been at that for
 * long ({@linkcode PushSumState.renew}): what is missing then is with members that are gone.
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
  /** What it held of all masses in an earlier life; finite, above 0. @default the mass */
  weight?: number;
}

/** The part of its mass that a site keeps as its weight. */
const KEPT = 1 / 2;

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

  /** @throws {RangeError} if mass or weight is not positive or the vector is empty or not finite. */
  constructor(vector: Float32Array, { mass, weight = mass }: PushSumOptions) {
    checkMass(mass);
    checkMass(weight);
    checkVector(vector, vector.length);
    this.mass = mass;
    this.#weight = weight;
    this.#numerator = scaled(vector, weight);
  }

  /** Number of values of the vector. */
  get length(): number {
    return this.#numerator.length;
  }

  /** w: at first the mass, above 0 for ever. */
  get weight(): number {
    return this.#weight;
  }

  /** The part of what it holds that it can give away and keep half of its mass; 0 where it holds no more than that. */
  get spare(): number {
    return Math.max(0, 1 - KEPT * this.mass / this.#weight);
  }

  /** Takes up its mass as its weight again, where that is less; the estimate stays as it is. */
  renew(): void {
    if (this.#weight < this.mass) this.#reweigh(this.mass);
  }

  /** Holds no more than `most`; the estimate stays as it is. */
  holdAtMost(most: number): void {
    if (this.#weight > most) this.#reweigh(most);
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

  #reweigh(weight: number): void {
    const factor = weight / this.#weight;
    for (let i = 0; i < this.length; i++) this.#numerator[i] *= factor;
    this.#weight = weight;
  }
}
