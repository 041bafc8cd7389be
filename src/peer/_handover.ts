/**
 * Weights on their way to the training Worker: in memory that both threads see, because a message that holds them would
 * be written and read as a whole while nothing else can go on.
 *
 * @module
 */
import { inSlices } from "../core/slices.ts";

/** The memory for vectors of one length, used round by round. */
export class Handover {
  #shared: Float32Array<SharedArrayBuffer> | undefined;

  /** A copy of `vector` that a message carries by reference; it holds until the next one is asked for. */
  async of(vector: Float32Array): Promise<Float32Array<SharedArrayBuffer>> {
    if (this.#shared?.length !== vector.length) {
      this.#shared = new Float32Array(new SharedArrayBuffer(vector.byteLength));
    }
    const shared = this.#shared;
    await inSlices(vector.length, (from, to) => shared.set(vector.subarray(from, to), from));
    return shared;
  }
}
