/**
 * Resampling and restoring with whole volumes in memory, one pass an axis: simple, and what the code that goes plane by
 * plane has to give bit for bit.
 */
import type { Triple } from "../../src/core/triple.ts";
import type { Window } from "../../src/data/crop.ts";
import { normalise } from "../../src/data/normalise.ts";
import { toRas } from "../../src/data/orient.ts";
import type { PreparedCase } from "../../src/data/prepare.ts";
import { type Volume, voxelCount } from "../../src/data/volume.ts";

/** Linear interpolation, triangles where it gets coarser, in float32 after every tap; coarser axes first. */
export function wholeLinear(data: Float32Array, dims: Triple, target: Triple): Float32Array {
  const order = [0, 1, 2].sort((a, b) => target[a] / dims[a] - target[b] / dims[b]);
  const current = [...dims];
  for (const axis of order) {
    const inner = current.slice(0, axis).reduce((product, extent) => product * extent, 1);
    const outer = current.slice(axis + 1).reduce((product, extent) => product * extent, 1);
    if (current[axis] !== target[axis]) data = alongAxis(data, outer, current[axis], inner, target[axis]);
    current[axis] = target[axis];
  }
  return data;
}

function alongAxis(data: Float32Array, outer: number, from: number, inner: number, to: number): Float32Array {
  const scale = from / to, radius = Math.max(1, scale), taps = Math.min(from, Math.ceil(radius) * 2 + 1);
  const result = new Float32Array(outer * to * inner);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale - 0.5;
    const start = Math.min(Math.max(Math.floor(centre - radius) + 1, 0), from - taps);
    const weights = new Float32Array(taps);
    let sum = 0;
    for (let source = Math.floor(centre - radius) + 1; source < centre + radius; source++) {
      const weight = 1 - Math.abs(source - centre) / radius;
      if (weight <= 0) continue;
      weights[Math.min(Math.max(source, 0), from - 1) - start] += weight;
      sum += weight;
    }
    for (let tap = 0; tap < taps; tap++) weights[tap] /= sum;
    for (let o = 0; o < outer; o++) {
      for (let tap = 0; tap < taps; tap++) {
        if (weights[tap] === 0) continue;
        for (let k = 0; k < inner; k++) {
          result[(o * to + i) * inner + k] += weights[tap] * data[(o * from + start + tap) * inner + k];
        }
      }
    }
  }
  return result;
}

/** The class with the greatest share, the first of equals; `shareOf` gives whole volumes of `voxels`. */
export function wholeWinners(classes: number, voxels: number, shareOf: (label: number) => Float32Array): Uint8Array {
  const best = new Float32Array(voxels).fill(-Infinity);
  const winners = new Uint8Array(voxels);
  for (let label = 0; label < classes; label++) {
    shareOf(label).forEach((share, i) => {
      if (share > best[i]) [best[i], winners[i]] = [share, label];
    });
  }
  return winners;
}

/** The values in a window of a grid. */
export function wholeCrop<T extends Float32Array | Uint8Array>(all: T, { whole, dims, start }: Window): T {
  return all.filter((_, i) => {
    const at = [i % whole[0], Math.floor(i / whole[0]) % whole[1], Math.floor(i / whole[0] / whole[1])];
    return at.every((value, axis) => value >= start[axis] && value < start[axis] + dims[axis]);
  }) as T;
}

/** What `prepareCase` makes of an image whose voxels are all finite, but for the gaps that become `smallest`. */
export function wholeImage(volume: Volume, target: Triple, window: Window | undefined): Float32Array {
  const { data, dims } = toRas(volume);
  const smallest = data.filter(Number.isFinite).reduce((a, b) => Math.min(a, b));
  const resampled = wholeLinear(data.map((value) => Number.isFinite(value) ? value : smallest), dims, target);
  return normalise(window ? wholeCrop(resampled, window) : resampled);
}

/** What `restoreLabels` makes of probabilities, [z, y, x, classes]: label values in the stored order. */
export function wholeRestored({ shape, source }: PreparedCase, probabilities: Float32Array, classes: number): number[] {
  const { window, labelValues } = source;
  const whole: Triple = window?.whole ?? [shape[2], shape[1], shape[0]];
  const places = Float32Array.from({ length: voxelCount(source.dims) }, (_, i) => i);
  const stored = toRas({ ...source, data: places, datatype: "" }); // where each RAS voxel is stored
  const winners = wholeWinners(classes, places.length, (label) => {
    const part = probabilities.filter((_, i) => i % classes === label);
    if (!window) return wholeLinear(part, whole, stored.dims);
    const share = new Float32Array(voxelCount(whole)).fill(label === 0 ? 1 : 0);
    wholeCrop(Float32Array.from(share, (_, i) => i), window).forEach((place, i) => share[place] = part[i]);
    return wholeLinear(share, whole, stored.dims);
  });
  const result = new Array<number>(places.length);
  stored.data.forEach((place, i) => result[place] = labelValues[winners[i]]);
  return result;
}
