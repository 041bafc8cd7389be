/**
 * Rows of features on a card: a queue that steps put their keys into, and other sites' rows after it, so that no step
 * waits for what it computed itself.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { putRowsKernel, takeRowsKernel } from "../../engine/steps/kernels.ts";
import type { Tensor2D } from "../../engine/tensors.ts";

/** See the module. */
export class CardRows {
  readonly #capacity: number;
  readonly #dimension: number;
  /** [capacity + others, dimension] */
  #rows: Tensor2D;

  /** Whether the current engine has such rows. */
  static get isAvailable(): boolean {
    return putRowsKernel.isAvailable;
  }

  /** @param queue [capacity, dimension]; copied. */
  constructor(queue: Float32Array, [capacity, dimension]: readonly [number, number]) {
    this.#capacity = capacity;
    this.#dimension = dimension;
    this.#rows = tf.keep(tf.tensor2d(queue.slice(), [capacity, dimension]));
  }

  /** Puts keys, [keys, dimension], into the queue from slot `start` on; of one that is not finite, zeros. */
  put(keys: Tensor2D, start: number): void {
    tf.tidy(() => void putRowsKernel.run({ rows: this.#rows, keys }, { start, capacity: this.#capacity }));
  }

  /** The rows at `places`, the others' after the queue's: [places, dimension]. */
  take(places: Int32Array): Tensor2D {
    return tf.tidy(() =>
      takeRowsKernel.run({ rows: this.#rows, places: tf.tensor1d(places, "int32") }, {})[0] as Tensor2D
    );
  }

  /** Has these in the place of the others' rows. */
  setOthers(others: readonly Float32Array[]): void {
    const former = this.#rows, size: [number, number] = [this.#capacity, this.#dimension];
    this.#rows = tf.keep(tf.tidy(() => {
      const rows = others.map((own) => tf.tensor2d(own, [own.length / this.#dimension, this.#dimension]));
      return tf.concat2d([tf.slice2d(former, [0, 0], size), ...rows], 0); // a copy, since the queue is written into
    }));
    former.dispose();
  }

  /** The queue, [capacity, dimension]. */
  async read(): Promise<Float32Array> {
    return (await this.#rows.data<"float32">()).slice(0, this.#capacity * this.#dimension);
  }

  /** Frees them. */
  dispose(): void {
    this.#rows.dispose();
  }
}
