/**
 * Resampling and restoring with whole volumes in memory, one pass an axis: simple, and what the code that goes plane by
 * plane has to give bit for bit.
 */
import type { Triple } from "../../src/core/triple.ts";

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
