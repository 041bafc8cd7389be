/**
 * A large vector that changes, and that others look at meanwhile without a copy.
 *
 * Whoever borrows it sees it as it was then for as long as it likes: a change is written to other memory, which then
 * takes its place. Memory that nobody looks at any more is used for the next change, since the first touch of fresh
 * memory costs as much time as a digest of it.
 *
 * @module
 */
import { inSlices, SLICE } from "../../core/slices.ts";
import { MAX_MAGNITUDE, noteSound, vectorWithRoom } from "./compression/compressor.ts";

/**
 * Writes to `next` what the values of `now` become, from `from` to before `to`, and says whether all are within
 * {@linkcode MAX_MAGNITUDE} and finite.
 */
export type Pass = (now: Float32Array, next: Float32Array, from: number, to: number) => boolean;

/** x ← x + difference. */
export function adding(difference: Float32Array): Pass {
  return (now, next, from, to) => {
    let sound = true;
    for (let i = from; i < to; i++) {
      const value = Math.fround(now[i] + difference[i]);
      next[i] = value;
      if (!(Math.abs(value) <= MAX_MAGNITUDE)) sound = false;
    }
    return sound;
  };
}

/** Vectors whose memory is kept for the next changes: an exchange needs two, for what comes and for what it makes. */
const MOST_SPARE = 2;

/** One vector. */
export class KeptVector {
  #now: Float32Array<ArrayBuffer>;
  /** How many borrowed each vector; those who never give theirs back leave it to the garbage collector. */
  readonly #borrowed = new WeakMap<Float32Array, number>();
  readonly #spare: Float32Array<ArrayBuffer>[] = [];
  /** Resolves, never rejects, once the changes that were begun are done. */
  #changing: Promise<void> | undefined;

  /** Begins with the values of `vector`, which are finite, and which nobody may change any more. */
  constructor(vector: Float32Array) {
    this.#now = vector as Float32Array<ArrayBuffer>;
    this.#borrowed.set(vector, 1); // by its owner, for ever
  }

  /** How many values it has. */
  get length(): number {
    return this.#now.length;
  }

  /** As it is now, for a look. */
  get now(): Float32Array {
    return this.#now;
  }

  /** As it is now; nobody may change it. */
  borrow(): Float32Array<ArrayBuffer> {
    this.#borrowed.set(this.#now, (this.#borrowed.get(this.#now) ?? 0) + 1);
    return this.#now;
  }

  /** The borrower looks at it no more; at most once for each time that it was borrowed. */
  giveBack(vector: Float32Array<ArrayBuffer>): void {
    const count = (this.#borrowed.get(vector) ?? 0) - 1;
    if (count < 0) return; // of a vector before this one
    this.#borrowed.set(vector, count);
    if (count === 0 && vector !== this.#now) this.recycle(vector);
  }

  /** Memory of its length, with room as {@linkcode vectorWithRoom} has it, for the taker alone; its values are anything. */
  memory(): Float32Array<ArrayBuffer> {
    return this.#spare.pop() ?? vectorWithRoom(this.length);
  }

  /** What came of {@linkcode memory} is of no further use to anybody. */
  recycle(memory: Float32Array<ArrayBuffer>): void {
    if (this.#spare.length < MOST_SPARE && !this.#spare.includes(memory)) this.#spare.push(memory);
  }

  /**
   * Changes it, after the changes that were begun before. One that is no longer than a slice is changed at once, unless
   * another change is under way.
   *
   * @param next where it is written to, of no further use to others. @default {@linkcode memory}
   * @throws {RangeError} at once, or as the rejection of what is returned, if a value becomes infinite or NaN: then it
   * stays as it was.
   */
  change(pass: Pass, next?: Float32Array<ArrayBuffer>): void | Promise<void> {
    if (!this.#changing && this.length <= SLICE) {
      const written = next ?? this.memory();
      return this.#put(written, pass(this.#now, written, 0, this.length));
    }
    const changed = (this.#changing ?? Promise.resolve()).then(() => this.#inSlices(pass, next ?? this.memory()));
    const settled = changed.catch(() => {}).then(() => {
      if (this.#changing === settled) this.#changing = undefined;
    });
    this.#changing = settled;
    return changed;
  }

  /**
   * Puts `next` in its place, which is {@linkcode memory}, if it is still `from` and nothing else is about to change it.
   *
   * @returns whether it was.
   * @throws {RangeError} if it is not `sound` and a value is infinite or NaN: then it stays as it was.
   */
  replace(from: Float32Array, next: Float32Array<ArrayBuffer>, sound: boolean): boolean {
    if (this.#changing || this.#now !== from) return false;
    this.#put(next, sound);
    return true;
  }

  async #inSlices(pass: Pass, next: Float32Array<ArrayBuffer>): Promise<void> {
    let sound = true;
    await inSlices(this.length, (from, to) => {
      sound = pass(this.#now, next, from, to) && sound;
    });
    this.#put(next, sound);
  }

  #put(next: Float32Array<ArrayBuffer>, sound: boolean): void {
    if (!sound) this.#requireFinite(next);
    noteSound(next, sound);
    const before = this.#now;
    this.#now = next;
    if (!this.#borrowed.get(before)) this.recycle(before);
  }

  #requireFinite(next: Float32Array<ArrayBuffer>): void {
    if (next.every(Number.isFinite)) return;
    this.recycle(next);
    throw new RangeError("a vector must hold finite values only");
  }
}
