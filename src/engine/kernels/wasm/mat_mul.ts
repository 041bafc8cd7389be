/**
 * `BatchMatMul` of two float32 matrices as a convolution: a 1x1x1 convolution multiplies [voxels, in] by [in, out], its
 * input gradient multiplies by a transposed matrix, its filter gradient a transposed matrix by another. tfjs's own has
 * a plain loop for transposed matrices, and one thread. What else there is goes to the stock kernel.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { defineKernel } from "../define_kernel.ts";
import type { KernelModule } from "./module.ts";

/** What tfjs passes with its matrix products. */
interface MatMulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** The rows and columns of a tensor that is one matrix and not empty. */
function matrixOf({ shape, dtype }: tf.TensorInfo): [number, number] | undefined {
  const [rows, columns] = shape.slice(-2);
  const isOne = shape.length >= 2 && shape.slice(0, -2).every((extent) => extent === 1);
  return isOne && dtype === "float32" && rows * columns > 0 ? [rows, columns] : undefined;
}

/** The same values as [1, 1, 1, rows, columns]. */
function asVolume({ dataId, dtype }: tf.TensorInfo, matrix: readonly number[]): tf.TensorInfo {
  return { dataId, dtype, shape: [1, 1, 1, ...matrix] };
}

/** Registers it over tfjs's. */
export function registerMatMul(_module: KernelModule): void {
  const convolve = (name: string, inputs: tf.NamedTensorInfoMap, shapes: Record<string, number[]> = {}) => {
    const attrs = { strides: [1, 1, 1], pad: "valid", ...shapes };
    return tf.getKernel(name, "wasm")!.kernelFunc({ inputs, attrs, backend: tf.backend() }) as tf.TensorInfo;
  };
  defineKernel<"a" | "b", MatMulAttributes>("wasm", "BatchMatMul", ({ a, b }, { transposeA, transposeB }, stock) => {
    const [left, right] = [matrixOf(a), matrixOf(b)];
    if (!left || !right || (transposeA && transposeB)) return stock();
    const [rows, inner] = transposeA ? [left[1], left[0]] : left;
    const [innerOfB, columns] = transposeB ? [right[1], right[0]] : right;
    if (inner !== innerOfB) return stock(); // which says so
    const [x, y] = [asVolume(a, left), asVolume(b, right)];
    const product = transposeA
      ? convolve("Conv3DBackpropFilterV2", { x, dy: y }, { filterShape: [1, 1, 1, rows, columns] })
      : transposeB
      ? convolve("Conv3DBackpropInputV2", { dy: x, filter: y }, { inputShape: [1, 1, 1, rows, columns] })
      : convolve("Conv3D", { x, filter: y });
    const batch = (a.shape.length > b.shape.length ? a : b).shape.slice(0, -2);
    return { ...product, shape: [...batch, rows, columns] };
  });
}
