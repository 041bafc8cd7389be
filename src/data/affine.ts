/**
 * Voxel-to-world matrices: reading orientation from them and composing them.
 *
 * @module
 */
import { perAxis, type Triple } from "../core/triple.ts";

/** A 4x4 matrix, row by row. */
export type Affine = number[][];

/** The product of two matrices of any fitting size. */
export function multiply(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
  return a.map((row) => b[0].map((_, column) => row.reduce((sum, value, k) => sum + value * b[k][column], 0)));
}

/** The determinant of the upper left 3x3. */
export function determinant3(m: readonly (readonly number[])[]): number {
  return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
    m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
    m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

/** The inverse of the upper left 3x3; `undefined` where there is none. */
export function inverse3(m: readonly (readonly number[])[]): number[][] | undefined {
  const determinant = determinant3(m);
  if (!Number.isFinite(determinant) || determinant === 0) return undefined;
  const cofactor = (r: number, c: number) => {
    const [r1, r2] = [(r + 1) % 3, (r + 2) % 3];
    const [c1, c2] = [(c + 1) % 3, (c + 2) % 3];
    return m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1];
  };
  return [0, 1, 2].map((r) => [0, 1, 2].map((c) => cofactor(c, r) / determinant));
}

/** The lengths in mm of one step along each voxel axis. */
export function columnNorms(affine: Affine): Triple {
  return perAxis((c) => Math.hypot(affine[0][c], affine[1][c], affine[2][c]));
}

/** Whether every voxel has a finite place of its own in the world. */
export function isInvertible(affine: Affine): boolean {
  if (!affine.flat().every(Number.isFinite)) return false;
  const norms = columnNorms(affine);
  if (norms.some((norm) => !(norm > 0))) return false;
  const directions = affine.slice(0, 3).map((row) => row.slice(0, 3).map((value, c) => value / norms[c]));
  return Math.abs(determinant3(directions)) > 1e-9;
}

/**
 * For each voxel axis: the RAS axis nearest to it (0 = right, 1 = anterior, 2 = superior) and whether it runs along or
 * against.
 */
export interface AxisMap {
  readonly axes: Triple;
  readonly signs: Triple;
}

/**
 * The RAS axis nearest to each voxel axis. Obliques and shears are settled as nibabel's `io_orientation` does: by the
 * rotation nearest to the directions (their polar factor, here by Newton's iteration), axis by axis, each RAS axis
 * once.
 */
export function axisMapOf(affine: Affine): AxisMap {
  const norms = columnNorms(affine);
  let rotation = affine.slice(0, 3).map((row) => row.slice(0, 3).map((value, c) => value / (norms[c] || 1)));
  for (let step = 0; step < 100; step++) {
    const inverse = inverse3(rotation);
    if (!inverse) break;
    const next = rotation.map((row, r) => row.map((value, c) => (value + inverse[c][r]) / 2));
    const change = Math.max(...next.flatMap((row, r) => row.map((value, c) => Math.abs(value - rotation[r][c]))));
    rotation = next;
    if (change < 1e-12) break;
  }
  const free = new Set([0, 1, 2]);
  const axes: number[] = [];
  const signs: number[] = [];
  for (let column = 0; column < 3; column++) {
    let best = -1;
    for (const row of free) {
      if (best < 0 || Math.abs(rotation[row][column]) > Math.abs(rotation[best][column]) + 1e-12) best = row;
    }
    free.delete(best);
    axes.push(best);
    signs.push(rotation[best][column] < 0 ? -1 : 1);
  }
  return { axes: perAxis((column) => axes[column]), signs: perAxis((column) => signs[column]) };
}

/** Where each axis goes that first goes as `first` says, and from there as `then`. */
export function mapThrough(first: AxisMap, then: AxisMap): AxisMap {
  return {
    axes: perAxis((axis) => then.axes[first.axes[axis]]),
    signs: perAxis((axis) => first.signs[axis] * then.signs[first.axes[axis]]),
  };
}

/** The three-letter code of the voxel axes, each letter the end towards which the axis grows, as "RAS" or "LPS". */
export function orientationOf(affine: Affine): string {
  const { axes, signs } = axisMapOf(affine);
  return axes.map((axis, i) => (signs[i] > 0 ? "RAS" : "LPI")[axis]).join("");
}
