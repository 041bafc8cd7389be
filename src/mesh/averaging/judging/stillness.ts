/**
 * Who always gives the same weights: a member that neither trains nor takes what it is given holds all others back, and
 * is so near to them, the weights that all began with being near, that nothing else shows it.
 *
 * A vector is remembered by a sample of its values, at places that nobody else knows. A member that was averaged with
 * should come back with another one: moved by its training, and towards what it was given. It is held against it where
 * it has not moved by a hundredth of what this peer's own training moves one in a round, and should have moved by a tenth
 * of that at least by what it was given alone: once in a later round of its own, half as much in a later one of this
 * peer's, a quarter in neither. So one whose rate of learning is 0 moves by what it takes, and so does one that is slow;
 * one that was started again comes back with the same vector once or twice; one that may have refused what it was given,
 * because it was far, need not move; and where all agree nobody does.
 *
 * Over one-way links this peer need not have given it anything. But who gives has been given to: by itself it has but
 * half of its mass to give (`one_way/push_sum.ts`). So it should move there as by a share of what this peer has.
 *
 * @module
 */
import { Rng } from "../../../core/rng.ts";
import { world } from "../../../core/world.ts";

/** Values that are remembered of a vector. */
const SAMPLE = 1_024;

/** Meetings with a member that has not moved, as they count, from which on its vector is not taken. */
const PATIENCE = 2;

/** Parts of what training moves a vector in a round: so little is nothing, and so much must show. */
const STILL = 0.01, DUE = 0.1;

/** Beyond so many rounds' training, and beyond this part of the norm, a member may refuse what it is given (`likeness.ts`). */
const FAR = 10, NEAR = 0.05;

/** Beside the norm: less than that is rounding. */
const ROUNDING = 1e-6;

/** What a member gives. */
export interface Given {
  /** Its round. */
  readonly round: number;
  /** This peer's. */
  readonly ownRound: number;
  /** Its vector. */
  readonly given: Float32Array;
  /** How far this peer's latest rounds of training moved it. */
  readonly moved: number;
}

/** What it is given. */
export interface Taken {
  /** This peer's vector. */
  readonly own: Float32Array;
  /** The part of the way to that which it goes at once, above 0 and at most 1; 0 where its rule decides, later. */
  readonly share: number;
}

interface Remembered {
  round: number;
  ownRound: number;
  readonly sample: Float32Array;
  /** By how much it should have moved since, at least. */
  readonly due: number;
  /** Whether that was to be at once. */
  readonly atOnce: boolean;
  still: number;
}

/** Remembers what members gave. */
export class Stillness {
  readonly #members = new Map<string, Remembered>();
  #places: Uint32Array | undefined;
  #length = 0;

  /** Why what `peer` gives is not taken, as half a sentence that goes on from "its weights are refused", if so. */
  whyStill(peer: string, { round, ownRound, given, moved }: Given): string | undefined {
    const before = this.#of(peer, given.length);
    if (!before) return undefined;
    const isNew = round > before.round;
    if (!isNew && !before.atOnce) return undefined;
    const training = scaled(moved, before.sample, given);
    const step = distance(before.sample, this.#sampled(given));
    const isDue = before.due > Math.max(DUE * training, ROUNDING * norm(before.sample));
    // in no later round it may have been started again, but not so often
    const counts = isNew ? 1 : ownRound > before.ownRound ? 1 / 2 : 1 / 4;
    before.still = step > STILL * training ? 0 : before.still + (isDue ? counts : 0);
    [before.round, before.ownRound] = [Math.max(before.round, round), Math.max(before.ownRound, ownRound)];
    if (before.still < PATIENCE) return undefined;
    return "it gives the same ones again and again, and takes nothing of what it is given";
  }

  /** Remembers a meeting after which the member should move. */
  met(peer: string, { round, ownRound, given, moved }: Given, { own, share }: Taken): void {
    const before = this.#of(peer, given.length);
    const sample = this.#sampled(given);
    const gap = distance(sample, this.#sampled(own));
    const isTaken = gap <= Math.max(FAR * scaled(moved, sample, given), NEAR * norm(sample));
    const due = isTaken ? (share === 0 ? 1 : share) * gap : 0;
    const latest = Math.max(round, before?.round ?? round);
    this.#members.set(peer, { round: latest, ownRound, sample, due, atOnce: share > 0, still: before?.still ?? 0 });
  }

  #of(peer: string, length: number): Remembered | undefined {
    if (length !== this.#length) {
      this.#members.clear();
      this.#places = undefined;
      this.#length = length;
    }
    return this.#members.get(peer);
  }

  #sampled(vector: Float32Array): Float32Array {
    this.#places ??= placesIn(vector.length);
    return Float32Array.from(this.#places, (place) => vector[place]);
  }
}

/** A norm of a whole vector, as of a sample of it. */
function scaled(norm: number, sample: Float32Array, { length }: Float32Array): number {
  return norm * Math.sqrt(sample.length / length);
}

function placesIn(length: number): Uint32Array {
  if (length <= SAMPLE) return Uint32Array.from({ length }, (_, place) => place);
  const rng = new Rng(new Uint32Array(world.randomBytes(4).buffer)[0]);
  return Uint32Array.from({ length: SAMPLE }, () => rng.int(length));
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0));
}

function norm(a: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value) => sum + value * value, 0));
}
