/**
 * What a remote's vector and one's own make, and how the two lie to each other, in one pass while it comes. Nothing is
 * changed by it before both sides have committed.
 *
 * @module
 */
import { inSlices } from "../../../core/slices.ts";
import { MAX_MAGNITUDE } from "../compression/compressor.ts";
import type { Likeness } from "../judging/likeness.ts";

/** What goes into a {@linkcode Mixing}; all vectors are of one length. */
export interface MixingParts {
  /** One's own as the remote takes it: s. */
  readonly own: Float32Array;
  /** What is changed: x. */
  readonly now: Float32Array;
  /** Part of the way to the remote's vector r that one's own goes. */
  readonly share: number;
  /** Where it is written to. */
  readonly next: Float32Array<ArrayBuffer>;
  /** Called once at the end. */
  readonly end: (mixing: Mixing) => void;
}

function isWithin(values: Float32Array, most: number): boolean {
  for (let i = 0; i < values.length; i++) if (!(Math.abs(values[i]) <= most)) return false;
  return true;
}

/** x + share·(r − s), in double precision and rounded once. */
export class Mixing implements Disposable {
  readonly #parts: MixingParts;
  #own = 0;
  #other = 0;
  #between = 0;
  #count = 0;
  #sound = true;

  /** Has mixed nothing yet. */
  constructor(parts: MixingParts) {
    this.#parts = parts;
  }

  get now(): Float32Array {
    return this.#parts.now;
  }

  /** The result as far as it has come. */
  get next(): Float32Array<ArrayBuffer> {
    return this.#parts.next;
  }

  /** Whether all is mixed. */
  get isDone(): boolean {
    return this.#count === this.#parts.own.length;
  }

  /** Whether every value of the result is finite and within {@linkcode MAX_MAGNITUDE}. */
  get isSound(): boolean {
    return this.#sound;
  }

  /** Norms and distance of own and received vector so far. */
  get likeness(): Likeness {
    return { own: Math.sqrt(this.#own), other: Math.sqrt(this.#other), distance: Math.sqrt(this.#between) };
  }

  /** Goes on with `received`, of which the first `count` values have come. */
  async upTo(received: Float32Array, count: number): Promise<void> {
    const begin = this.#count;
    await inSlices(count - begin, (from, to) => this.#mix(received, begin + from, begin + to));
  }

  /** Mixes no more. */
  [Symbol.dispose](): void {
    this.#parts.end(this);
  }

  #mix(received: Float32Array, from: number, to: number): void {
    const { share, own, now, next } = this.#parts;
    const slice = (vector: Float32Array) => vector.subarray(from, to);
    const [s, r, x, y] = [own, received, now, next].map(slice);
    // sums go on where they were, so that they are those of one pass over all
    let [a, b, between] = [this.#own, this.#other, this.#between];
    for (let i = 0; i < y.length; i++) {
      const mine = s[i], its = r[i], apart = its - mine;
      a += mine * mine;
      b += its * its;
      between += apart * apart;
      y[i] = x[i] + share * apart;
    }
    [this.#own, this.#other, this.#between] = [a, b, between];
    this.#count = to;
    // what lies between two small values is small
    const isBounded = now === own && a + b < MAX_MAGNITUDE * MAX_MAGNITUDE / 4;
    if (!isBounded && !isWithin(y, MAX_MAGNITUDE)) this.#sound = false;
  }
}
