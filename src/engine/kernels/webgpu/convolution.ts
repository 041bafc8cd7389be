/**
 * The geometry of a 3D convolution, as its programs need it.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { Extent3 } from "../../tensors.ts";

/** What tfjs passes with its 3D convolutions. */
export interface ConvolutionAttributes {
  readonly strides: number | Extent3;
  readonly pad: "same" | "valid";
}

/** A convolution of [batch, extents, channelsIn] to [batch, outputs, channelsOut]. */
export interface Convolution {
  readonly batch: number;
  readonly extents: Extent3;
  readonly outputs: Extent3;
  readonly kernel: Extent3;
  readonly strides: Extent3;
  /** Zeros before the first voxel of each axis. */
  readonly before: Extent3;
  readonly channelsIn: number;
  readonly channelsOut: number;
}

/** The convolution of `x` with `filter`. */
export function describeConvolution(
  x: readonly number[],
  filter: readonly number[],
  { strides, pad }: ConvolutionAttributes,
): Convolution {
  const info = tf.backend_util.computeConv3DInfo(
    [...x] as [number, number, number, number, number],
    [...filter] as [number, number, number, number, number],
    strides as number,
    1,
    pad,
  );
  return {
    batch: info.batchSize,
    extents: [info.inDepth, info.inHeight, info.inWidth],
    outputs: [info.outDepth, info.outHeight, info.outWidth],
    kernel: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
    channelsIn: info.inChannels,
    channelsOut: info.outChannels,
  };
}

/** The scalars by which the programs know the volumes. */
export const volumeIntegers = [
  ...["batch", "depth", "height", "width", "outDepth", "outHeight", "outWidth"],
  ...["front", "top", "left"],
];

/** Their values. */
export function volumeScalars({ batch, extents, outputs, before }: Convolution): Record<string, number> {
  const [depth, height, width] = extents;
  const [outDepth, outHeight, outWidth] = outputs;
  const [front, top, left] = before;
  return { batch, depth, height, width, outDepth, outHeight, outWidth, front, top, left };
}

/** Columns of a workgroup's tile for a product with `columns` columns. */
export function tileColumns(columns: number): 8 | 16 | 32 | 64 {
  return columns <= 8 ? 8 : columns <= 16 ? 16 : columns <= 32 ? 32 : 64;
}

/** Workgroups that a large card needs to be occupied: some for each of its hundred or so processors. */
export const enoughJobs = 512;

/** `text` for 0, 1, … `count` - 1, one a line: loops over registers must not be left to the compiler. */
export function unrolled(count: number, text: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => text(i)).join("\n");
}
