/**
 * Patches: one trilinear resampling does crop, rotation, scale, flip and bends.
 *
 * @module
 */
import type { Rng } from "../core/rng.ts";
import type { Triple } from "../core/triple.ts";
import { bend, type GeometryAugmentation, geometryMatrix } from "./augmentation/geometry.ts";
import { channelOf } from "./channels.ts";
import { drawForeground } from "./foreground.ts";
import { resampleShares } from "./occupancy.ts";
import type { PreparedCase } from "./prepare.ts";
import { voxelCount } from "./volume.ts";

/** A piece of a prepared case, seen through an affine. */
export interface Patch {
  /** [channel, z, y, x] */
  readonly image: Float32Array;
  /** Channels of the image. */
  readonly channels: number;
  /** [z, y, x] classes, `IGNORED` where nobody annotated the voxel; where the case has labels. */
  readonly label?: Uint8Array;
  /** [z, y, x, class] shares, 1 together, 0 where nobody annotated; where they were asked for and the case has them. */
  readonly shares?: Float32Array;
  /** Voxels along z, y, x. */
  readonly shape: Triple;
  /**
   * 3x4, row by row: patch voxel index (z, y, x, 1) to normalised volume coordinates (z, y, x), where voxel `i` of `n`
   * is at (i + 0.5) / n; of a patch that was bent, without the bends.
   */
  readonly toVolume: Float64Array;
}

/** Options of {@linkcode samplePatch}. */
export interface SamplePatchOptions {
  /** Voxels along z, y, x. */
  shape: Triple;
  /** Draws the place and the augmentation. */
  rng: Rng;
  /** How often the patch is centred on a voxel of a random class of the label instead of anywhere. @default 0 */
  foregroundProbability?: number;
  /** Turns, scales, mirrors and bends the patch. @default none: a plain crop */
  geometry?: GeometryAugmentation;
  /** Whether the shares of classes are sampled, too. @default false */
  softLabels?: boolean;
  /**
   * The patch's centre in normalised volume coordinates z, y, x; taken as it is. @default random, the patch inside the
   * volume where it fits
   */
  centre?: Triple;
}

/**
 * Samples a patch: image trilinear, label nearest. Beyond the volume both continue their border voxels (what a rotated
 * patch meets there looks like tissue or air as the border does, and image and label agree).
 *
 * Rotation and scale act in mm, so that they stay rigid on anisotropic voxels.
 */
export function samplePatch(prepared: PreparedCase, options: SamplePatchOptions): Patch {
  const { shape, rng, foregroundProbability = 0, geometry, softLabels = false, centre } = options;
  const middle = centre
    ? centre.map((value, axis) => value * prepared.shape[axis] - 0.5)
    : chooseCentre(prepared, shape, foregroundProbability, rng);
  const toVoxel = geometryMatrix(prepared.spacing, shape, geometry, rng);
  const matrix = new Float64Array(12); // patch voxel index -> volume voxel index
  for (let row = 0; row < 3; row++) {
    let offset = middle[row];
    for (let column = 0; column < 3; column++) {
      matrix[row * 4 + column] = toVoxel[row * 3 + column];
      offset -= toVoxel[row * 3 + column] * (shape[column] - 1) / 2;
    }
    matrix[row * 4 + 3] = offset;
  }
  const { channels } = prepared;
  const image = new Float32Array(channels * voxelCount(shape));
  const label = prepared.label ? new Uint8Array(voxelCount(shape)) : undefined;
  const bends = bend(prepared.spacing, shape, geometry, rng);
  for (let index = 0; index < channels; index++) {
    const channel = channelOf(image, index, channels);
    const source = { ...prepared, image: channelOf(prepared.image, index, channels) };
    resampleAffine(source, shape, matrix, bends, channel, index === 0 ? label : undefined);
  }
  const { occupancy } = prepared;
  const shares = softLabels && occupancy
    ? resampleShares(occupancy, { volume: prepared.shape, shape, matrix, bends })
    : undefined;
  const toVolume = matrix.map((value, i) => {
    const extent = prepared.shape[Math.floor(i / 4)];
    return i % 4 === 3 ? (value + 0.5) / extent : value / extent;
  });
  return { image, channels, ...(label && { label }), ...(shares && { shares }), shape, toVolume };
}

/** In volume voxel indices (fractional), z, y, x. */
function chooseCentre(prepared: PreparedCase, shape: Triple, foregroundProbability: number, rng: Rng): number[] {
  const volume = prepared.shape;
  const voxel = rng.chance(foregroundProbability) ? drawForeground(prepared, rng) : undefined;
  if (voxel) return voxel.map((value, axis) => clampCentre(value, shape[axis], volume[axis]));
  return volume.map((extent, axis) => clampCentre(rng.uniform(0, extent) - 0.5, shape[axis], extent));
}

/** Moves the centre so that the patch stays inside; a patch longer than the volume is centred on it. */
function clampCentre(centre: number, patch: number, volume: number): number {
  if (patch >= volume) return (volume - 1) / 2;
  const half = (patch - 1) / 2;
  return Math.min(Math.max(centre, half), volume - 1 - half);
}

function resampleAffine(
  prepared: PreparedCase,
  shape: Triple,
  m: Float64Array,
  bends: Float32Array | undefined,
  image: Float32Array,
  label: Uint8Array | undefined,
): void {
  const [depth, height, width] = prepared.shape;
  const source = prepared.image;
  const classes = prepared.label;
  const plane = height * width;
  const [lastZ, lastY, lastX] = [depth - 1, height - 1, width - 1];
  const voxels = voxelCount(shape);
  let to = 0;
  for (let k = 0; k < shape[0]; k++) {
    for (let j = 0; j < shape[1]; j++) {
      let z = m[0] * k + m[1] * j + m[3];
      let y = m[4] * k + m[5] * j + m[7];
      let x = m[8] * k + m[9] * j + m[11];
      for (let i = 0; i < shape[2]; i++, z += m[2], y += m[6], x += m[10], to++) {
        const pz = bends ? z + bends[to] : z;
        const py = bends ? y + bends[voxels + to] : y;
        const px = bends ? x + bends[2 * voxels + to] : x;
        const cz = pz < 0 ? 0 : pz > lastZ ? lastZ : pz;
        const cy = py < 0 ? 0 : py > lastY ? lastY : py;
        const cx = px < 0 ? 0 : px > lastX ? lastX : px;
        const z0 = cz | 0;
        const y0 = cy | 0;
        const x0 = cx | 0;
        const fz = cz - z0;
        const fy = cy - y0;
        const fx = cx - x0;
        const base = z0 * plane + y0 * width + x0;
        const dz = z0 < lastZ ? plane : 0;
        const dy = y0 < lastY ? width : 0;
        const dx = x0 < lastX ? 1 : 0;
        const a = source[base] + fx * (source[base + dx] - source[base]);
        const b = source[base + dy] + fx * (source[base + dy + dx] - source[base + dy]);
        const c = source[base + dz] + fx * (source[base + dz + dx] - source[base + dz]);
        const d = source[base + dz + dy] + fx * (source[base + dz + dy + dx] - source[base + dz + dy]);
        const front = a + fy * (b - a);
        image[to] = front + fz * (c + fy * (d - c) - front);
        if (label) label[to] = classes![base + (fz >= 0.5 ? dz : 0) + (fy >= 0.5 ? dy : 0) + (fx >= 0.5 ? dx : 0)];
      }
    }
  }
}
