/**
 * Compressed exchanges between two peers, as differences to what both have already.
 *
 * Both sides of a link keep the same reference r. A sends Q(x_A − r) and B sends Q(x_B − r); each then knows x̃_A = r +
 * Q(x_A − r) and x̃_B, and mixes with their difference: x_A += w·(x̃_B − x̃_A). As in CHOCO-Gossip (Koloskova, Stich,
 * Jaggi 2019) the sum over both is kept whatever Q leaves out, and what it leaves out stays at home and is in the next
 * difference. The next reference is (x̃_A + x̃_B) / 2, which is where both would stand had nothing been left out.
 * Without a reference a partial compressor would take what it leaves out for zero, so the first exchange of a link is
 * in full.
 *
 * This takes the place of error feedback for the compressors that leave out most (top-k, low-rank) or round coarsely
 * (int4). A lossless one needs no reference and keeps none.
 *
 * Whether both have the same reference is told by its name, which every commit renews from the bytes exchanged: a side
 * that died before its commit has another one, and then both begin anew.
 *
 * @module
 */
import type { Bytes } from "../../../core/bytes.ts";
import { atOnce, type Sliced, slices } from "../../../core/slices.ts";
import { type Codec, type Compressor, requireFinite, type VectorLayout } from "./compressor.ts";
import { none } from "./none.ts";

/** An encoding and what its receiver makes of it. */
export interface Encoded {
  readonly bytes: Bytes;
  /** x̃ = r + Q(x − r). */
  readonly decoded: Float32Array;
}

/** Two FNV-1a hashes over `bytes`, the second with another offset, from the state that `name` holds. */
function* renaming(name: string, bytes: Uint8Array): Sliced<string> {
  const state = Int32Array.of(
    parseInt(name.slice(0, 8) || "811c9dc5", 16),
    parseInt(name.slice(8) || "9e3779b1", 16),
  );
  const add = (from: number, to: number) => {
    let [first, second] = state;
    for (let i = from; i < to; i++) {
      first = Math.imul(first ^ bytes[i], 0x01000193);
      second = Math.imul(second ^ bytes[i], 0x01000193) + 0x2545f491 | 0;
    }
    state.set([first, second]);
  };
  for (const [from, to] of slices(bytes.length)) {
    add(from, to);
    yield;
  }
  return [...state].map((hash) => (hash >>> 0).toString(16).padStart(8, "0")).join("");
}

/** A new vector of `length` values, each by its index. */
function* filling(length: number, value: (index: number) => number): Sliced<Float32Array<ArrayBuffer>> {
  const result = new Float32Array(length);
  const fill = (from: number, to: number) => {
    for (let i = from; i < to; i++) result[i] = value(i);
  };
  for (const [from, to] of slices(length)) {
    fill(from, to);
    yield;
  }
  return result;
}

/**
 * The sum of `reference` and `difference`, written to `difference`. @throws {CompressionError} if a value is not
 * finite.
 */
function* onTopOf(
  reference: Float32Array,
  difference: Float32Array<ArrayBuffer>,
): Sliced<Float32Array<ArrayBuffer>> {
  const add = (from: number, to: number) => {
    for (let i = from; i < to; i++) difference[i] += reference[i];
    requireFinite(difference, from, to);
  };
  for (const [from, to] of slices(difference.length)) {
    add(from, to);
    yield;
  }
  return difference;
}

/** One peer's end of the link to one partner. */
export class CompressedLink {
  readonly #outgoing: Codec;
  readonly #full: Codec;
  readonly #compressor: Compressor;
  #reference: Float32Array | undefined;
  #name = "";

  /** @throws {UserError} if the compressor can do nothing with vectors of this layout. */
  constructor(compressor: Compressor, layout: VectorLayout) {
    this.#compressor = compressor;
    this.#outgoing = compressor.open(layout);
    this.#full = none.open(layout);
  }

  /**
   * The reference's name, 16 hexadecimal digits; empty where there is none. Both sides must have the same, else
   * {@linkcode forget}.
   */
  get reference(): string {
    return this.#name;
  }

  /** Begins anew. */
  forget(): void {
    this.#reference = undefined;
    this.#name = "";
  }

  /**
   * Encodes in slices; `own` must not change while the result is in use. @throws {RangeError} as {@linkcode
   * Codec.encode}.
   */
  *encoding(own: Float32Array): Sliced<Encoded> {
    const reference = this.#reference;
    const codec = this.#codec();
    const given = reference ? yield* filling(own.length, (i) => own[i] - reference[i]) : own;
    const bytes = codec.encoding ? yield* codec.encoding(given) : codec.encode(given);
    return { bytes, decoded: this.#compressor.lossless ? own : yield* this.#decoding(bytes) };
  }

  /** The same, at once. */
  encode(own: Float32Array): Encoded {
    return atOnce(this.encoding(own));
  }

  /**
   * The remote's vector as this peer and the remote know it, at once. @throws {CompressionError} if the bytes are not
   * acceptable.
   */
  decode(bytes: Uint8Array): Float32Array<ArrayBuffer> {
    return atOnce(this.#decoding(bytes));
  }

  /**
   * The same in slices, but where nothing was lost the values are not looked at, so that they may be no numbers: see
   * {@linkcode Codec.view}.
   */
  *viewing(bytes: Uint8Array): Sliced<Float32Array<ArrayBuffer>> {
    return this.viewIn(bytes) ?? (yield* this.#decoding(bytes));
  }

  /**
   * The same, if its values are those that lie in `bytes`, so that it may be had before all of them have come; else
   * undefined.
   */
  viewIn(bytes: Uint8Array): Float32Array<ArrayBuffer> | undefined {
    const viewed = this.#compressor.lossless ? this.#outgoing.view?.(bytes) : undefined;
    return viewed?.buffer === bytes.buffer ? viewed : undefined;
  }

  /**
   * After both sides have both: what was exchanged becomes the reference, in slices. `own` and `remote` as they were
   * decoded.
   */
  *committing(own: Encoded, remote: Encoded): Sliced<void> {
    // a difference would be no smaller, and float32 would lose bits to it
    if (this.#compressor.lossless) return;
    const [a, b] = [own.decoded, remote.decoded];
    const reference = yield* filling(a.length, (i) => (a[i] + b[i]) / 2);
    // the same on either side, whoever is "own"
    const names = [yield* renaming(this.#name, own.bytes), yield* renaming(this.#name, remote.bytes)].sort();
    this.#name = yield* renaming(this.#name, new TextEncoder().encode(names.join()));
    this.#reference = reference;
  }

  /** The same, at once. */
  commit(own: Encoded, remote: Encoded): void {
    atOnce(this.committing(own, remote));
  }

  *#decoding(bytes: Uint8Array): Sliced<Float32Array<ArrayBuffer>> {
    const codec = this.#codec();
    const decoded = codec.decoding ? yield* codec.decoding(bytes) : codec.decode(bytes);
    return this.#reference ? yield* onTopOf(this.#reference, decoded) : decoded;
  }

  #codec(): Codec {
    return this.#reference || !this.#compressor.partial ? this.#outgoing : this.#full;
  }
}

/**
 * `remote` as it would be had nothing been left out of either: own + (x̃_remote − x̃_own). Aggregation rules are given
 * this, so that what an encoding left out of one's own vector is not taken for a difference.
 */
export function* seeingFrom(
  own: Float32Array,
  ownDecoded: Float32Array,
  remote: Float32Array,
): Sliced<Float32Array> {
  return yield* filling(own.length, (i) => own[i] + (remote[i] - ownDecoded[i]));
}

/** The same, at once. */
export function asSeenFrom(...given: Parameters<typeof seeingFrom>): Float32Array {
  return atOnce(seeingFrom(...given));
}
