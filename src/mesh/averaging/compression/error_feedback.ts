/**
 * Error feedback (Karimireddy, Rebjock, Stich, Jaggi 2019, "Error feedback fixes SignSGD and other gradient compression schemes"): what an
 * encoding left out of one update is added to the next, so that over time everything arrives.
 *
 * For a stream of updates that nobody answers. An exchange of weights needs none: both sides mix with what both have decoded, and
 * what the encoding left out stays in the weights (`link.ts`).
 *
 * @module
 */
import type { Bytes } from "../../_bytes.ts";
import type { Codec } from "./compressor.ts";

/** The sending side of one stream of updates. */
export class ErrorFeedback {
  readonly #codec: Codec;
  readonly #memory: Float32Array;

  /** `values`: how many each update holds. */
  constructor(codec: Codec, values: number) {
    this.#codec = codec;
    this.#memory = new Float32Array(values);
  }

  /** What has not been sent yet, a copy. */
  get pending(): Float32Array {
    return this.#memory.slice();
  }

  /**
   * The bytes of `update` and of what was left out before.
   *
   * @throws {RangeError} as {@linkcode Codec.encode}; the memory stays as it was.
   */
  encode(update: Float32Array): Bytes {
    if (update.length !== this.#memory.length) {
      throw new RangeError(`an update must hold ${this.#memory.length} values, got ${update.length}`);
    }
    const wanted = update.map((value, i) => value + this.#memory[i]);
    const bytes = this.#codec.encode(wanted);
    const sent = this.#codec.decode(bytes);
    for (let i = 0; i < wanted.length; i++) this.#memory[i] = wanted[i] - sent[i];
    return bytes;
  }
}
