/**
 * The geometry of a 3D convolution, as kernels of every engine need it.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { Triple } from "../../core/triple.ts";
import type { ConvolutionAttributes } from "../ops/conv3d.ts";

/**
 * A convolution of x [batch, extents, channelsIn] with a filter [kernel, channelsIn, channelsOut] to y [batch, outputs,
 * channelsOut].
 */
export interface Convolution {
  readonly batch: number;
  readonly extents: Triple;
  readonly channelsIn: number;
  readonly outputs: Triple;
  readonly channelsOut: number;
  /** Taps along each axis. */
  readonly kernel: Triple;
  readonly strides: Triple;
  /** Zeros before the first voxel of each axis; below 0, voxels that are skipped. */
  readonly before: Triple;
}

type Shape5 = [number, number, number, number, number];

/** The convolution of an x and a filter of these shapes, as tfjs computes it. */
export function describeConvolution(
  x: readonly number[],
  filter: readonly number[],
  { strides, pad }: ConvolutionAttributes,
): Convolution {
  const steps = strides as number; // or three, which tfjs takes and does not declare
  const info = tf.backend_util.computeConv3DInfo([...x] as Shape5, [...filter] as Shape5, steps, 1, pad);
  return {
    batch: info.batchSize,
    extents: [info.inDepth, info.inHeight, info.inWidth],
    channelsIn: info.inChannels,
    outputs: [info.outDepth, info.outHeight, info.outWidth],
    channelsOut: info.outChannels,
    kernel: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
  };
}
