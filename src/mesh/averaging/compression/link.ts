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
import { type Codec, type Compressor, refuse, type VectorLayout } from "./compressor.ts";
import { none } from "./none.ts";

/** An encoding and what its receiver makes of it. */
export interface Encoded {
  readonly bytes: Bytes;
  /** x̃ = r + Q(x − r). */
  readonly decoded: Float32Array;
}

/** Two FNV-1a hashes over `bytes`, the second with another offset, from the state that `name` holds. */
function renamed(name: string, ...parts: Uint8Array[]): string {
  let first = parseInt(name.slice(0, 8) || "811c9dc5", 16) | 0;
  let second = parseInt(name.slice(8) || "9e3779b1", 16) | 0;
  for (const bytes of parts) {
    for (let i = 0; i < bytes.length; i++) {
      first = Math.imul(first ^ bytes[i], 0x01000193);
      second = Math.imul(second ^ bytes[i], 0x01000193) + 0x2545f491 | 0;
    }
  }
  return [first, second].map((hash) => (hash >>> 0).toString(16).padStart(8, "0")).join("");
}

function difference(a: Float32Array, b: Float32Array): Float32Array {
  const result = new Float32Array(a.length);
  for (let i = 0; i < result.length; i++) result[i] = a[i] - b[i];
  return result;
}

/**
 * The sum of `reference` and `difference`, written to `difference`. @throws {CompressionError} if a value is not
 * finite.
 */
function onTopOf(reference: Float32Array, difference: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  for (let i = 0; i < difference.length; i++) {
    difference[i] += reference[i];
    if (!Number.isFinite(difference[i])) refuse(`every value must be finite, got ${difference[i]} at ${i}`);
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

  /** `own` must not change while the result is in use. @throws {RangeError} as {@linkcode Codec.encode}. */
  encode(own: Float32Array): Encoded {
    const reference = this.#reference;
    const codec = this.#codec();
    const bytes = codec.encode(reference ? difference(own, reference) : own);
    return { bytes, decoded: this.#compressor.lossless ? own : this.decode(bytes) };
  }

  /**
   * The remote's vector as this peer and the remote know it. @throws {CompressionError} if the bytes are not
   * acceptable.
   */
  decode(bytes: Uint8Array): Float32Array<ArrayBuffer> {
    const decoded = this.#codec().decode(bytes);
    return this.#reference ? onTopOf(this.#reference, decoded) : decoded;
  }

  /**
   * The same, but where nothing was lost the values are not looked at, so that they may be no numbers: see
   * {@linkcode Codec.view}.
   */
  view(bytes: Uint8Array): Float32Array<ArrayBuffer> {
    return this.viewIn(bytes) ?? this.decode(bytes);
  }

  /**
   * The same, if its values are those that lie in `bytes`, so that it may be had before all of them have come; else
   * undefined.
   */
  viewIn(bytes: Uint8Array): Float32Array<ArrayBuffer> | undefined {
    const viewed = this.#compressor.lossless ? this.#outgoing.view?.(bytes) : undefined;
    return viewed?.buffer === bytes.buffer ? viewed : undefined;
  }

  /** After both sides have both: what was exchanged becomes the reference. `own` and `remote` as they were decoded. */
  commit(own: Encoded, remote: Encoded): void {
    // a difference would be no smaller, and float32 would lose bits to it
    if (this.#compressor.lossless) return;
    const reference = new Float32Array(own.decoded.length);
    for (let i = 0; i < reference.length; i++) reference[i] = (own.decoded[i] + remote.decoded[i]) / 2;
    this.#reference = reference;
    // the same on either side, whoever is "own"
    const names = [own, remote].map(({ bytes }) => renamed(this.#name, bytes)).sort();
    this.#name = renamed(this.#name, new TextEncoder().encode(names.join()));
  }

  #codec(): Codec {
    return this.#reference || !this.#compressor.partial ? this.#outgoing : this.#full;
  }
}

/**
 * `remote` as it would be had nothing been left out of either: own + (x̃_remote − x̃_own). Aggregation rules are given
 * this, so that what an encoding left out of one's own vector is not taken for a difference.
 */
export function asSeenFrom(own: Float32Array, ownDecoded: Float32Array, remote: Float32Array): Float32Array {
  const seen = new Float32Array(own.length);
  for (let i = 0; i < seen.length; i++) seen[i] = own[i] + (remote[i] - ownDecoded[i]);
  return seen;
}
