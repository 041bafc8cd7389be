/**
 * What the programs of 3D convolutions share.
 *
 * @module
 */

import type { Convolution } from "../convolution.ts";

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

/** Adds `a`, a row of four, times the rows `b0` to `b3` to `sum` of this number. */
export function addProduct(i: number): string {
  return unrolled(4, (j) => `sum${i} = fma(vec4<f32>(a.${"xyzw"[j]}), b${j}, sum${i});`);
}
