/**
 * Values on the processor.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";

/** The mean squared difference. */
export function meanSquare(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length;
}

/** A tensor's values; it is disposed. */
export async function valuesOf(tensor: tf.Tensor): Promise<Float32Array> {
  const values = Float32Array.from(await tensor.data<"float32">());
  tensor.dispose();
  return values;
}
