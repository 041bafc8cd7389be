/**
 * Changing a grid's resolution, with its extent kept: voxel `i` of `n` covers [i, i + 1) / n of an axis before and
 * after.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";
import { IGNORED, isIgnored } from "./labels/ignored.ts";
import { LinearPlanes } from "./linear_planes.ts";
import { voxelCount } from "./volume.ts";
import { WinnerPlanes } from "./winner_planes.ts";

/**
 * An image on a grid of other dimensions (x, y, z), trilinear; `data` itself where nothing changes.
 *
 * @param data x fastest
 */
export function resampleLinear(data: Float32Array, dims: Triple, target: Triple): Float32Array {
  if (dims.every((extent, axis) => extent === target[axis])) return data;
  const result = new Float32Array(voxelCount(target));
  const area = dims[0] * dims[1];
  const planes = new LinearPlanes(dims, target);
  for (let from = 0, z = 0; from < dims[2]; from++) {
    planes.add(data.subarray(from * area, (from + 1) * area));
    for (; planes.isReady(z); z++) result.set(planes.read(z), z * target[0] * target[1]);
  }
  return result;
}

/** Labels on a grid of other dimensions, each voxel taking the label at its centre. */
export function resampleNearest<T extends Uint8Array | Float32Array>(data: T, dims: Triple, target: Triple): T {
  if (dims.every((extent, axis) => extent === target[axis])) return data;
  const result = new (data.constructor as new (length: number) => T)(voxelCount(target));
  const [own, area] = [dims[0] * dims[1], target[0] * target[1]];
  const planes = nearestPlanes((z) => data.subarray(z * own, (z + 1) * own) as T, dims, target);
  for (const { z, labels } of planes) result.set(labels, z * area);
  return result;
}

/**
 * Labels 0 to `classes - 1` on a grid of other dimensions: each class resampled linearly, the greatest share wins.
 * Voxels that nobody annotated ({@linkcode IGNORED}) have a share, too, and win where theirs is the greatest.
 */
export function resampleLabels(data: Uint8Array, dims: Triple, target: Triple, classes: number): Uint8Array {
  if (dims.every((extent, axis) => extent === target[axis])) return data;
  const result = new Uint8Array(voxelCount(target));
  const [own, area] = [dims[0] * dims[1], target[0] * target[1]];
  const hasIgnored = isIgnored(IGNORED, classes) && data.includes(IGNORED);
  const planeAt = (z: number) => data.subarray(z * own, (z + 1) * own);
  for (const { z, labels } of labelPlanes(planeAt, dims, target, { classes, hasIgnored })) result.set(labels, z * area);
  return result;
}

/** A plane of labels on the other grid, [y, x]; it holds until the next one. */
export interface LabelPlane<T> {
  readonly z: number;
  readonly labels: T;
  /** Each class's share, [y, x], where labels are resampled by shares; last that of what nobody annotated. */
  readonly shares?: readonly Float32Array[];
}

/** {@linkcode resampleNearest}, plane by plane. @param planeAt gives a plane of the labels, [y, x] */
export function* nearestPlanes<T extends Uint8Array | Float32Array>(
  planeAt: (z: number) => T,
  dims: Triple,
  target: Triple,
): Generator<LabelPlane<T>, void, void> {
  const index = (axis: number) =>
    Int32Array.from(
      { length: target[axis] },
      (_, i) => Math.min(dims[axis] - 1, Math.floor((i + 0.5) * dims[axis] / target[axis])),
    );
  const [xs, ys, zs] = [index(0), index(1), index(2)];
  let labels: T | undefined;
  for (let z = 0; z < target[2]; z++) {
    const plane = planeAt(zs[z]);
    labels ??= new (plane.constructor as new (length: number) => T)(target[0] * target[1]);
    let to = 0;
    for (let y = 0; y < target[1]; y++) {
      const row = dims[0] * ys[y];
      for (let x = 0; x < target[0]; x++) labels[to++] = plane[row + xs[x]];
    }
    yield { z, labels };
  }
}

/** What {@linkcode labelPlanes} needs to know of the labels. */
export interface LabelPlanesOptions {
  /** Without voxels that nobody annotated. */
  classes: number;
  /** Whether there are such voxels. */
  hasIgnored: boolean;
}

/** {@linkcode resampleLabels}, plane by plane. @param planeAt gives a plane of the labels, [y, x] */
export function* labelPlanes(
  planeAt: (z: number) => Uint8Array,
  dims: Triple,
  target: Triple,
  { classes, hasIgnored }: LabelPlanesOptions,
): Generator<LabelPlane<Uint8Array>, void, void> {
  const planes = new WinnerPlanes(hasIgnored ? classes + 1 : classes, dims, target);
  for (let from = 0; from < dims[2]; from++) {
    const own = planeAt(from);
    const done = planes.add((share, label) => {
      const wanted = label === classes ? IGNORED : label;
      for (let i = 0; i < own.length; i++) share[i] = own[i] === wanted ? 1 : 0;
    });
    for (const { z, winners, shares } of done) {
      if (hasIgnored) { for (let i = 0; i < winners.length; i++) if (winners[i] === classes) winners[i] = IGNORED; }
      yield { z, labels: winners, shares };
    }
  }
}
