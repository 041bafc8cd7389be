/**
 * Mirroring windows along axes.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";
import { AXES, type Axis } from "../data/augmentation/mirror.ts";

/** Every set of the allowed axes to mirror along, the empty one first: 2^n for n axes. */
export function mirrorings(allowed: readonly Axis[]): Axis[][] {
  const axes = AXES.filter((axis) => allowed.includes(axis));
  return axes.reduce<Axis[][]>((sets, axis) => [...sets, ...sets.map((set) => [...set, axis])], [[]]);
}

/**
 * A copy of `values`, mirrored along `axes`; mirrored twice, they are as they were.
 *
 * @param values [windows, depth, height, width, channels]
 * @param shape depth, height, width
 * @param channels values of a voxel
 */
export function mirror(values: Float32Array, shape: Triple, channels: number, axes: readonly Axis[]): Float32Array {
  const [depth, height, width] = shape;
  const turned = AXES.map((axis) => axes.includes(axis));
  const along = (axis: number, index: number) => turned[axis] ? shape[axis] - 1 - index : index;
  const mirrored = new Float32Array(values.length), row = width * channels;
  for (let from = 0, plane = 0; from < values.length; plane++) {
    const z = along(0, plane % depth) + depth * Math.floor(plane / depth);
    for (let y = 0; y < height; y++, from += row) {
      const to = (z * height + along(1, y)) * row;
      if (!turned[2]) mirrored.set(values.subarray(from, from + row), to);
      else {
        for (let x = 0; x < width; x++) {
          for (let c = 0; c < channels; c++) {
            mirrored[to + (width - 1 - x) * channels + c] = values[from + x * channels + c];
          }
        }
      }
    }
  }
  return mirrored;
}
