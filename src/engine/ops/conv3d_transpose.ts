/**
 * Transposed 3D convolution.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { Tensor, Tensor5D } from "../tensors.ts";
import { requireExtents, requireVolume } from "./_requirements.ts";
import {
  conv3dFilterGradientKernel,
  conv3dInputGradientKernel,
  type Conv3dOptions,
  type ConvolutionAttributes,
} from "./conv3d.ts";

/**
 * Transposed 3D convolution with "same" padding: what the gradient of {@linkcode conv3d} does, so output extents are
 * extent * stride. A kernel of 2 with strides of 2 doubles a volume without overlap.
 *
 * @param x [batch, depth, height, width, inChannels]
 * @param filter [kernelDepth, kernelHeight, kernelWidth, outChannels, inChannels], as tfjs has it
 * @returns [batch, depth * stride, height * stride, width * stride, outChannels]
 * @throws {RangeError} if the ranks or channels do not fit, or a stride exceeds the kernel.
 */
export function conv3dTranspose(x: Tensor5D, filter: Tensor5D, options: Conv3dOptions = {}): Tensor5D {
  const { strides = [1, 1, 1] } = options;
  requireVolume("conv3dTranspose", x);
  if (filter.shape.length !== 5 || filter.shape[4] !== x.shape[4]) {
    throw new RangeError(
      `conv3dTranspose: the filter must be [depth, height, width, out, ${
        x.shape[4]
      }] to fit x [${x.shape}], got [${filter.shape}]`,
    );
  }
  requireExtents("conv3dTranspose", "strides", strides);
  if (strides.some((stride, axis) => stride > filter.shape[axis])) {
    throw new RangeError(
      `conv3dTranspose: strides must not exceed the kernel [${filter.shape.slice(0, 3)}], got [${strides}]`,
    );
  }
  const [batch, depth, height, width] = x.shape;
  const inputShape = [batch, depth * strides[0], height * strides[1], width * strides[2], filter.shape[3]];
  const attributes: ConvolutionAttributes = { strides: [...strides], pad: "same" };
  const op = tf.customGrad((...args) => {
    const [x, filter, save] = args as unknown as [Tensor5D, Tensor5D, tf.GradSaveFunc];
    const [value] = conv3dInputGradientKernel.run({ dy: x, filter }, { ...attributes, inputShape });
    save([x, filter]);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [x, filter] = saved as [Tensor5D, Tensor5D];
        const inputs = { x: dy, dy: x }; // the volume of the convolution that this one transposes is dy
        const ofFilter = { ...attributes, filterShape: filter.shape };
        return [
          tf.conv3d(dy as Tensor5D, filter, [...strides], "same"),
          ...conv3dFilterGradientKernel.run(inputs, ofFilter),
        ];
      },
    };
  });
  return op(x, filter) as Tensor5D;
}
