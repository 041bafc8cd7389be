/**
 * 3D convolution.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { Triple } from "../../core/triple.ts";
import { Kernel } from "../_kernel.ts";
import type { Tensor5D } from "../tensors.ts";
import { requireExtents, requireVolume } from "./_requirements.ts";

/** Options of {@linkcode conv3d} and `conv3dTranspose`. */
export interface Conv3dOptions {
  /** Step between outputs along depth, height and width. @default [1, 1, 1] */
  strides?: Triple;
}

/** What tfjs passes with its 3D convolutions. */
export interface ConvolutionAttributes {
  readonly strides: number | Triple;
  readonly pad: "same" | "valid";
}

/** y. */
export const conv3dKernel: Kernel<"x" | "filter", ConvolutionAttributes> = new Kernel("Conv3D");

/** The gradient of x, which is of `inputShape`. */
export const conv3dInputGradientKernel: Kernel<
  "dy" | "filter",
  ConvolutionAttributes & { readonly inputShape: readonly number[] }
> = new Kernel("Conv3DBackpropInputV2");

/** The gradient of the filter, which is of `filterShape`. */
export const conv3dFilterGradientKernel: Kernel<
  "x" | "dy",
  ConvolutionAttributes & { readonly filterShape: readonly number[] }
> = new Kernel("Conv3DBackpropFilterV2");

/**
 * 3D convolution (cross-correlation, as in every deep-learning library) with "same" padding: zeros around, and
 * output extents of ceil(extent / stride).
 *
 * @param x [batch, depth, height, width, inChannels]
 * @param filter [kernelDepth, kernelHeight, kernelWidth, inChannels, outChannels]
 * @returns [batch, ceil(depth / stride), ceil(height / stride), ceil(width / stride), outChannels]
 * @throws {RangeError} if the ranks or channels do not fit, or a stride exceeds the kernel (1x1x1 kernels excepted).
 */
export function conv3d(x: Tensor5D, filter: Tensor5D, options: Conv3dOptions = {}): Tensor5D {
  const { strides = [1, 1, 1] } = options;
  requireVolume("conv3d", x);
  if (filter.shape.length !== 5 || filter.shape[3] !== x.shape[4]) {
    throw new RangeError(
      `conv3d: the filter must be [depth, height, width, ${
        x.shape[4]
      }, out] to fit x [${x.shape}], got [${filter.shape}]`,
    );
  }
  requireExtents("conv3d", "strides", strides);
  const kernel = filter.shape.slice(0, 3);
  // Without padding the two are one, but tfjs pads by a negative amount where the stride exceeds the kernel.
  if (kernel.every((extent) => extent === 1)) return tf.conv3d(x, filter, [...strides], "valid");
  if (strides.some((stride, axis) => stride > kernel[axis])) {
    throw new RangeError(`conv3d: strides must not exceed the kernel [${kernel}], got [${strides}]`);
  }
  return tf.conv3d(x, filter, [...strides], "same");
}
