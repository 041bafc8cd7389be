/** Random geometry: how a patch is turned, scaled, mirrored and bent. */
import type { Rng } from "../../core/rng.ts";
import { perAxis, type Triple } from "../../core/triple.ts";
import { displacementField, type ElasticAugmentation } from "./elastic.ts";
import { axisAcrossSlices } from "./slices.ts";

/** Random geometry; what is absent does not happen. */
export interface GeometryAugmentation {
  /**
   * Greatest angle in degrees, of the rotation about each of the axes z, y, x (one number: all three); a patch of fewer
   * than 4 voxels along an axis is turned about that one only. @default 0
   */
  readonly rotation?: number | Triple;
  /**
   * Greatest angle in degrees where slices are thick (`slices.ts`): they are turned and scaled in their plane only.
   * @default they are turned and scaled as others
   */
  readonly rotationInPlane?: number;
  /** Probability that a patch is turned. @default 1 */
  readonly rotationProbability?: number;
  /** Range of the magnification, log-uniform: 1.2 shows things 1.2 times as large. @default [1, 1] */
  readonly scale?: readonly [number, number];
  /** Probability that a patch is scaled. @default 1 */
  readonly scaleProbability?: number;
  /** Probability of a flip along z, y, x. @default [0, 0, 0] */
  readonly flip?: Triple;
  /** Bends patches. @default not at all */
  readonly elastic?: ElasticAugmentation;
}

/** Voxels along an axis below which a patch is a slice. */
const SLICE = 4;

/** 3x3 from offsets in the patch to offsets in the volume, both in voxels (z, y, x): scale, flip and rotation in mm. */
export function geometryMatrix(
  spacing: Triple,
  shape: Triple,
  geometry: GeometryAugmentation | undefined,
  rng: Rng,
): Float64Array {
  const { rotationInPlane, rotationProbability, scale = [1, 1], scaleProbability, flip = [0, 0, 0] } = geometry ?? {};
  const across = rotationInPlane === undefined ? undefined : axisAcrossSlices(shape, spacing);
  // a generator moves on only where there is something to draw
  const happens = (probability: number | undefined) => probability === undefined || rng.chance(probability);
  const limits = happens(rotationProbability) ? rotationLimits(shape, across, geometry) : [0, 0, 0];
  const [az, ay, ax] = limits.map((limit) => limit ? rng.uniform(-limit, limit) * Math.PI / 180 : 0);
  const [smallest, largest] = happens(scaleProbability) ? scale : [1, 1];
  const drawn = smallest === largest ? smallest : Math.exp(rng.uniform(Math.log(smallest), Math.log(largest)));
  const magnification = (axis: number) => axis === across ? 1 : drawn;
  const signs = flip.map((probability) => (probability && rng.chance(probability) ? -1 : 1));
  const [cz, sz, cy, sy, cx, sx] = [Math.cos(az), Math.sin(az), Math.cos(ay), Math.sin(ay), Math.cos(ax), Math.sin(ax)];
  // Rows and columns z, y, x; the product of the rotations about z (in the plane y, x), y (z, x) and x (z, y).
  const r = [
    [cy * cx, -cy * sx, sy],
    [cz * sx + sz * sy * cx, cz * cx - sz * sy * sx, -sz * cy],
    [sz * sx - cz * sy * cx, sz * cx + cz * sy * sx, cz * cy],
  ];
  const matrix = new Float64Array(9);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      matrix[row * 3 + column] = r[row][column] * signs[column] * spacing[column] /
        (magnification(column) * spacing[row]);
    }
  }
  return matrix;
}

/** Greatest angles in degrees about z, y, x. @param across the axis across thick slices, which are not tilted */
function rotationLimits(shape: Triple, across: number | undefined, geometry: GeometryAugmentation = {}): Triple {
  const { rotation = 0, rotationInPlane = 0 } = geometry;
  if (across !== undefined) return perAxis((axis) => axis === across ? rotationInPlane : 0);
  // a slice is turned in its plane only: tilted, most of it would lie where a volume as thin as it has nothing
  const isTilt = (axis: number) => shape.some((extent, other) => other !== axis && extent < SLICE);
  return perAxis((axis) => isTilt(axis) ? 0 : typeof rotation === "number" ? rotation : rotation[axis]);
}

/**
 * Where the patch's voxels are moved beside, [3, z, y, x] in voxels of the volume along z, y, x; across thick slices
 * not at all. Undefined where nothing is.
 */
export function bend(
  spacing: Triple,
  shape: Triple,
  geometry: GeometryAugmentation | undefined,
  rng: Rng,
): Float32Array | undefined {
  const { elastic } = geometry ?? {};
  if (!elastic || !rng.chance(elastic.probability)) return undefined;
  return displacementField(shape, spacing, { ...elastic, across: axisAcrossSlices(shape, spacing), rng });
}
