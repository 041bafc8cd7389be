/**
 * Tensors that are stored in 16 bits, of which computations read and make 32: half the memory, half the bytes. tfjs has no
 * such type: to it they are of float32, and programs that do not know them are given a copy in 32 bits.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import { elementwise } from "./program.ts";

/** How tfjs uses the buffers of tensors (4.22.0, `uploadToGPU`). */
export const tensorUsage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

/** Makes a tensor of 32 bits of one of 16. */
export const widening = elementwise({
  name: "widen",
  writes: { y: "f32" },
  reads: { x: "f32" },
  halves: ["x"],
  body: "y[index] = f32(x[index]);",
});

/** Bytes of a tensor in 16 bits; buffers are bound in fours. */
export function halfBytes(shape: readonly number[]): number {
  return Math.ceil(sizeOf(shape) / 2) * 4;
}

/** Which tensors are stored so, and their copies. */
export class Halves {
  readonly #stored = new WeakSet<tf.DataId>();
  readonly #widen: (x: tf.TensorInfo) => tf.TensorInfo;
  readonly #free: (x: tf.TensorInfo) => void;

  constructor(widen: (x: tf.TensorInfo) => tf.TensorInfo, free: (x: tf.TensorInfo) => void) {
    this.#widen = widen;
    this.#free = free;
  }

  add(dataId: tf.DataId): void {
    this.#stored.add(dataId);
  }

  has(dataId: tf.DataId): boolean {
    return this.#stored.has(dataId);
  }

  /** For values that have been written anew, which are of 32 bits. */
  remove(dataId: tf.DataId): void {
    this.#stored.delete(dataId);
  }

  /** Runs `work` with copies in 32 bits of those of `tensors` that are stored in 16; they end with it. */
  widened<T>(tensors: readonly tf.TensorInfo[], work: (tensors: tf.TensorInfo[]) => T): T {
    const copies = new Map<tf.DataId, tf.TensorInfo>();
    try {
      return work(tensors.map((tensor) => {
        if (!this.has(tensor.dataId)) return tensor;
        const copy = copies.get(tensor.dataId) ?? this.#widen(tensor);
        copies.set(tensor.dataId, copy);
        return { ...copy, shape: tensor.shape }; // two tensors may share data under two shapes
      }));
    } finally {
      for (const copy of copies.values()) this.#free(copy);
    }
  }
}
