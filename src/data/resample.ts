/**
 * Changing a grid's resolution, with its extent kept: voxel `i` of `n` covers [i, i + 1) / n of an axis before and
 * after.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";
import { IGNORED, isIgnored } from "./labels/ignored.ts";
import { voxelCount } from "./volume.ts";

/** For each target index along one axis: the first source index and the weights from there on. */
interface AxisWeights {
  readonly starts: Int32Array;
  readonly taps: number;
  readonly weights: Float32Array;
}

/**
 * Linear interpolation along one axis; where the grid gets coarser, a triangle as wide as the target's voxels, so that
 * fine detail is averaged instead of aliased. Beyond the border the edge value counts on.
 */
function axisWeights(from: number, to: number): AxisWeights {
  const scale = from / to;
  const radius = Math.max(1, scale);
  const taps = Math.min(from, Math.ceil(radius) * 2 + 1);
  const starts = new Int32Array(to);
  const weights = new Float32Array(to * taps);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale - 0.5;
    const start = Math.min(Math.max(Math.floor(centre - radius) + 1, 0), from - taps);
    starts[i] = start;
    let sum = 0;
    for (let source = Math.floor(centre - radius) + 1; source < centre + radius; source++) {
      const weight = 1 - Math.abs(source - centre) / radius;
      if (weight <= 0) continue;
      weights[i * taps + Math.min(Math.max(source, 0), from - 1) - start] += weight;
      sum += weight;
    }
    for (let tap = 0; tap < taps; tap++) weights[i * taps + tap] /= sum;
  }
  return { starts, taps, weights };
}

/** Resamples along one axis: the grid seen as [outer, from, inner]. */
function resampleAxis(data: Float32Array, outer: number, from: number, inner: number, to: number): Float32Array {
  if (from === to) return data;
  const { starts, taps, weights } = axisWeights(from, to);
  const result = new Float32Array(outer * to * inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < to; i++) {
      const target = (o * to + i) * inner;
      for (let tap = 0; tap < taps; tap++) {
        const weight = weights[i * taps + tap];
        if (weight === 0) continue;
        const source = (o * from + starts[i] + tap) * inner;
        for (let k = 0; k < inner; k++) result[target + k] += weight * data[source + k];
      }
    }
  }
  return result;
}

/**
 * An image on a grid of other dimensions (x, y, z), trilinear; `data` itself where nothing changes.
 *
 * @param data x fastest
 */
export function resampleLinear(data: Float32Array, dims: Triple, target: Triple): Float32Array {
  // Coarser axes first: the later passes then have less to do.
  const order = [0, 1, 2].sort((a, b) => target[a] / dims[a] - target[b] / dims[b]);
  const current = [...dims];
  for (const axis of order) {
    const inner = current.slice(0, axis).reduce((product, extent) => product * extent, 1);
    const outer = current.slice(axis + 1).reduce((product, extent) => product * extent, 1);
    data = resampleAxis(data, outer, current[axis], inner, target[axis]);
    current[axis] = target[axis];
  }
  return data;
}

/** Labels on a grid of other dimensions, each voxel taking the label at its centre. */
export function resampleNearest<T extends Uint8Array | Float32Array>(data: T, dims: Triple, target: Triple): T {
  if (dims.every((extent, axis) => extent === target[axis])) return data;
  const index = (axis: number) =>
    Int32Array.from(
      { length: target[axis] },
      (_, i) => Math.min(dims[axis] - 1, Math.floor((i + 0.5) * dims[axis] / target[axis])),
    );
  const [xs, ys, zs] = [index(0), index(1), index(2)];
  const result = new (data.constructor as new (length: number) => T)(voxelCount(target));
  let to = 0;
  for (let z = 0; z < target[2]; z++) {
    for (let y = 0; y < target[1]; y++) {
      const row = dims[0] * (ys[y] + dims[1] * zs[z]);
      for (let x = 0; x < target[0]; x++) result[to++] = data[row + xs[x]];
    }
  }
  return result;
}

/**
 * Labels 0 to `classes - 1` on a grid of other dimensions: each class resampled linearly, the greatest share wins.
 * Voxels that nobody annotated ({@linkcode IGNORED}) have a share, too, and win where theirs is the greatest.
 */
export function resampleLabels(data: Uint8Array, dims: Triple, target: Triple, classes: number): Uint8Array {
  if (dims.every((extent, axis) => extent === target[axis])) return data;
  const share = new Float32Array(data.length);
  const shareOf = (label: number) => {
    for (let i = 0; i < data.length; i++) share[i] = data[i] === label ? 1 : 0;
    return resampleLinear(share, dims, target);
  };
  if (!isIgnored(IGNORED, classes) || !data.includes(IGNORED)) {
    return largestShare(classes, voxelCount(target), shareOf);
  }
  const winners = largestShare(
    classes + 1,
    voxelCount(target),
    (label) => shareOf(label === classes ? IGNORED : label),
  );
  for (let i = 0; i < winners.length; i++) if (winners[i] === classes) winners[i] = IGNORED;
  return winners;
}

/** For each voxel the class whose share is the greatest; the first of equals. One class at a time, to save memory. */
export function largestShare(classes: number, voxels: number, shareOf: (label: number) => Float32Array): Uint8Array {
  const best = new Float32Array(voxels).fill(-Infinity);
  const result = new Uint8Array(voxels);
  for (let label = 0; label < classes; label++) {
    const share = shareOf(label);
    for (let i = 0; i < voxels; i++) {
      if (share[i] > best[i]) {
        best[i] = share[i];
        result[i] = label;
      }
    }
  }
  return result;
}
