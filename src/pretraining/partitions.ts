/**
 * Partitions: which cell of a grid over the normalised volume a position falls into.
 *
 * The paper cuts a volume along its long axis into S partitions, because the structure at the same relative position is
 * alike across patients (arXiv 2204.10983, global structural matching): that is the grid `[S, 1, 1]` of cells along z,
 * y and x. A grid with more than one cell on the other axes is the extension to 3D positions.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";

/** The number of partitions of `grid`. */
export function cellCount(grid: Triple): number {
  return grid[0] * grid[1] * grid[2];
}

/** The cell along one axis of a normalised coordinate; positions outside the volume belong to its border cell. */
function cellAlong(coordinate: number, cells: number): number {
  return Math.min(cells - 1, Math.max(0, Math.floor(coordinate * cells)));
}

/**
 * The partition, in [0, {@linkcode cellCount}), of a position.
 *
 * @param position normalised volume coordinates (z, y, x), 0 and 1 being the volume's faces.
 * @throws {RangeError} if a coordinate is not a number.
 */
export function partitionOf(position: Triple, grid: Triple): number {
  const [z, y, x] = position;
  if (Number.isNaN(z + y + x)) throw new RangeError(`a position must be three numbers, got ${position.join(", ")}`);
  return (cellAlong(z, grid[0]) * grid[1] + cellAlong(y, grid[1])) * grid[2] + cellAlong(x, grid[2]);
}

/** The cell (z, y, x) of a partition number: the inverse of the row-major numbering. */
export function cellOf(partition: number, grid: Triple): Triple {
  if (!Number.isInteger(partition) || partition < 0 || partition >= cellCount(grid)) {
    throw new RangeError(`a partition of ${grid.join("x")} cells must be in [0, ${cellCount(grid)}), got ${partition}`);
  }
  const x = partition % grid[2];
  const y = Math.floor(partition / grid[2]) % grid[1];
  return [Math.floor(partition / (grid[1] * grid[2])), y, x];
}

/** The partitions that share a face, an edge or a corner with `partition`, ascending, itself left out. */
export function neighbours(partition: number, grid: Triple): number[] {
  const [z, y, x] = cellOf(partition, grid);
  const found: number[] = [];
  for (let k = Math.max(0, z - 1); k <= Math.min(grid[0] - 1, z + 1); k++) {
    for (let j = Math.max(0, y - 1); j <= Math.min(grid[1] - 1, y + 1); j++) {
      for (let i = Math.max(0, x - 1); i <= Math.min(grid[2] - 1, x + 1); i++) {
        const other = (k * grid[1] + j) * grid[2] + i;
        if (other !== partition) found.push(other);
      }
    }
  }
  return found;
}
