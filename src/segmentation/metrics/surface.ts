/**
 * The surface of a mask, as voxels.
 *
 * @module
 */
import type { Triple } from "../../core/triple.ts";
import { voxelCount } from "../../data/volume.ts";

/**
 * The voxels of a mask of which at least one of the six face neighbours is not of the mask. What lies beyond the grid
 * is background, so a structure that the image cuts off has a surface there. This is the mask without its erosion by
 * the 6-connected cross, which is the boundary of MONAI's `get_mask_edges` and of the "Metrics reloaded" framework
 * (Maier-Hein et al., Nature Methods 21:195, 2024).
 *
 * @param mask non-zero where a voxel belongs to it, x fastest
 * @param dims voxels along x, y, z
 */
export function surfaceOf(mask: ArrayLike<number>, dims: Triple): Uint8Array {
  const [width, height, depth] = dims;
  const slice = width * height;
  const surface = new Uint8Array(voxelCount(dims));
  for (let i = 0, z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        if (mask[i] === 0) continue;
        const inside = x > 0 && x < width - 1 && y > 0 && y < height - 1 && z > 0 && z < depth - 1 &&
          mask[i - 1] !== 0 && mask[i + 1] !== 0 && mask[i - width] !== 0 && mask[i + width] !== 0 &&
          mask[i - slice] !== 0 && mask[i + slice] !== 0;
        if (!inside) surface[i] = 1;
      }
    }
  }
  return surface;
}
