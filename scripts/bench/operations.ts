/**
 * How many floating-point operations the convolutions of the networks are; a multiplication and an addition count as
 * two.
 *
 * @module
 */

import { sizeOf } from "../../src/core/vectors.ts";
import { filtersAt, type UNetConfig } from "../../src/model/config.ts";

/** Of one convolution forward: [batch, ...extents, in] -> out, kernel of `taps` voxels, stride 1. */
export function convolutionOperations(shape: readonly number[], channelsOut: number, taps = 27): number {
  return 2 * taps * channelsOut * sizeOf(shape);
}

/** Options of {@linkcode networkOperations}. */
export interface NetworkOperationsOptions {
  /** Patches. */
  batch: number;
  /** Voxels of a patch along each axis. */
  extent: number;
  /** The finest level of the expanding path; above 0 there are no logits. @default 0 */
  finest?: number;
}

/** Of the convolutions of one forward pass of the U-Net, or of its coarse part; a backward pass has twice as many. */
export function networkOperations(config: UNetConfig, options: NetworkOperationsOptions): number {
  const { batch, extent, finest = 0 } = options;
  let voxels = batch * extent ** 3;
  let total = 0;
  for (let level = 0; level < config.levels; level++) {
    if (level > 0) voxels /= sizeOf(config.pool[level - 1]);
    const out = filtersAt(config, level);
    const into = level === 0 ? 1 : filtersAt(config, level - 1);
    total += convolutionOperations([voxels, into + out], out); // the encoder's two blocks
    if (level < finest || level === config.levels - 1) continue;
    total += convolutionOperations([voxels, 3 * out], out); // the decoder's two blocks
    const coarser = voxels / sizeOf(config.pool[level]);
    total += convolutionOperations([coarser, 2 * out], out, 1); // lateral
  }
  const logits = convolutionOperations([batch * extent ** 3, config.baseFilters], config.classes, 1);
  return finest === 0 ? total + logits : total;
}
