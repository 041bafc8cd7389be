/**
 * Voxels that are no number, or infinite: before anything is computed of a volume, they take its smallest finite value.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";

/** The smallest finite value of a volume, and whether it has values that are not finite. */
export interface Gaps {
  readonly smallest: number;
  readonly isWhole: boolean;
}

/**
 * Looks through a volume, which may come in pieces.
 *
 * @param where the file's name, for errors
 * @throws {UserError} if no value is finite.
 */
export function findGaps(pieces: Iterable<Float32Array>, where?: string): Gaps {
  let smallest = Infinity, isWhole = true;
  for (const values of pieces) {
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i])) isWhole = false;
      else if (values[i] < smallest) smallest = values[i];
    }
  }
  if (smallest === Infinity) {
    throw new UserError("normalising a volume: at least one voxel must be a number", { where });
  }
  return { smallest, isWhole };
}

/** Fills the gaps in a part of the volume, in place. */
export function fillGaps(values: Float32Array, { smallest, isWhole }: Gaps): void {
  if (isWhole) return;
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) values[i] = smallest;
}
