/** Rotations of a patch by quarter turns about its axes. */
import type { Triple } from "../core/triple.ts";
import { voxelCount } from "../data/volume.ts";

/** A rotation about one axis (0: z, 1: y, 2: x) by `quarters` of a turn. */
export interface Turn {
  readonly axis: 0 | 1 | 2;
  readonly quarters: 0 | 1 | 2 | 3;
}

/**
 * Every turn that leaves a patch's extents as they are, the identity first: ten for a cube (no turn, and three about
 * each axis), six where two extents agree, four where none do.
 */
export function turnsOf(patch: Triple): Turn[] {
  const turns: Turn[] = [{ axis: 0, quarters: 0 }];
  for (const axis of [0, 1, 2] as const) {
    const [from, to] = planeOf(axis);
    const quarters = patch[from] === patch[to] ? [1, 2, 3] as const : [2] as const;
    turns.push(...quarters.map((quarters) => ({ axis, quarters })));
  }
  return turns;
}

/** For each voxel of a turned patch, row-major, the voxel of the patch that comes there. */
export function turnedVoxels(patch: Triple, { axis, quarters }: Turn): Int32Array {
  const [from, to] = planeOf(axis);
  const voxels = new Int32Array(voxelCount(patch));
  let i = 0;
  for (let z = 0; z < patch[0]; z++) {
    for (let y = 0; y < patch[1]; y++) {
      for (let x = 0; x < patch[2]; x++) {
        const source = [z, y, x];
        for (let turn = 0; turn < quarters; turn++) {
          // after each quarter turn the extents along both axes are the other's
          const extent = turn % 2 === 0 ? patch[to] : patch[from];
          [source[from], source[to]] = [extent - 1 - source[to], source[from]];
        }
        voxels[i++] = (source[0] * patch[1] + source[1]) * patch[2] + source[2];
      }
    }
  }
  return voxels;
}

/** The two axes that a turn about `axis` moves: a quarter turn takes the second to the first. */
function planeOf(axis: 0 | 1 | 2): readonly [0 | 1 | 2, 0 | 1 | 2] {
  return ([[1, 2], [2, 0], [0, 1]] as const)[axis];
}
