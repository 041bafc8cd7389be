/** Thick slices: volumes that are turned and scaled in one plane only. */
import type { Triple } from "../../core/triple.ts";

/** nnU-Net's threshold of anisotropy, here of a patch's extents in voxels as there, and of voxel sizes. */
const ANISOTROPIC = 3;

/**
 * The axis across the slices (0: z, 1: y, 2: x), where voxels along it are more than three times as long as along
 * another, or a patch has more than three times as many along another. There is little to be seen between such slices:
 * what is turned out of their plane is mostly interpolated, or lies beyond the volume.
 *
 * @returns undefined where slices are not thick
 */
export function axisAcrossSlices(shape: Triple, spacing: Triple): number | undefined {
  const [thickest, finest] = [Math.max(...spacing), Math.min(...spacing)];
  if (thickest > ANISOTROPIC * finest) return spacing.indexOf(thickest);
  const [longest, shortest] = [Math.max(...shape), Math.min(...shape)];
  return longest > ANISOTROPIC * shortest ? shape.indexOf(shortest) : undefined;
}
