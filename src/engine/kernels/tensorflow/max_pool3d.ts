/**
 * The gradient of 3D max pooling in two steps of 2D, over height and width and then over depth: TensorFlow's own in one
 * step takes several times as long on a processor.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { PoolAttributes } from "../../ops/max_pool3d.ts";
import { defineKernel } from "../define_kernel.ts";
import { executeOp } from "./_execute.ts";

/** 2D max pooling with windows side by side, and its gradient, on [images, rows, columns, channels]. */
function pooling(rows: number, columns: number) {
  const window = [1, rows, columns, 1];
  const attributes = {
    integers: { ksize: window, strides: window },
    strings: { padding: "VALID", data_format: "NHWC" },
  };
  return {
    forward: (x: tf.Tensor) => executeOp("MaxPool", [x], attributes),
    gradient: (x: tf.Tensor, y: tf.Tensor, dy: tf.Tensor) => executeOp("MaxPoolGrad", [x, y, dy], attributes),
  };
}

/** The gradient of x [batch, depth, height, width, channels], where `window` are the steps, too. */
function maxPool3dGradient(dy: tf.Tensor5D, x: tf.Tensor5D, y: tf.Tensor5D, window: readonly number[]): tf.Tensor {
  const [batch, depth, height, width, channels] = x.shape;
  const across = pooling(window[1], window[2]);
  const along = pooling(window[0], 1);
  return tf.tidy(() => {
    const slices = tf.reshape(x, [batch * depth, height, width, channels]);
    const pooled = across.forward(slices); // [batch * depth, height / window, width / window, channels]
    const columns = (tensor: tf.Tensor) =>
      tf.reshape(tensor, [batch, tensor.size / batch / (y.shape[2] * y.shape[3] * channels), -1, channels]);
    const dPooled = along.gradient(columns(pooled), columns(y), columns(dy));
    const dSlices = across.gradient(slices, pooled, tf.reshape(dPooled, pooled.shape));
    return tf.reshape(dSlices, x.shape);
  });
}

/** Registers the gradient over the package's, which is kept for windows that overlap or are padded. */
export function registerMaxPool3dGradient(): void {
  type Inputs = "dy" | "input" | "output";
  defineKernel<Inputs, PoolAttributes>("tensorflow", "MaxPool3DGrad", (inputs, { filterSize, strides, pad }, stock) => {
    if (!Array.isArray(filterSize) || String(filterSize) !== String(strides) || pad !== "valid") return stock();
    const { dy, input, output } = inputs as Record<Inputs, tf.Tensor5D>; // tfjs hands kernels whole tensors
    return maxPool3dGradient(dy, input, output, filterSize);
  });
}
