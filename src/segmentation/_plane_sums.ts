/**
 * Adding up windows that come z slowest, in as many planes as a window is deep.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";

/** Takes the next finished planes, [planes, y, x, classes], each voxel's summing to 1; they hold until it returns. */
export type TakePlanes = (probabilities: Float32Array, classes: number) => void;

/** What is added up. */
export interface PlaneSumsOptions {
  /** Voxels of the volume along z, y, x. */
  shape: Triple;
  /** Voxels of a window, likewise. */
  patch: Triple;
  classes: number;
  /** A window's weights along each axis; each voxel counts with their product. */
  weights: readonly Float64Array[];
  /** What all windows' weights add up to along each axis of the volume. */
  totals: readonly Float64Array[];
  take: TakePlanes;
}

/** Sums of weighted probabilities. */
export class PlaneSums {
  readonly #options: PlaneSumsOptions;
  /** The planes from the first unfinished one on, [planes, y, x, classes]. */
  readonly #sums: Float32Array;
  readonly #planeLength: number;
  /** The first unfinished plane. */
  #first = 0;

  constructor(options: PlaneSumsOptions) {
    const { shape: [depth, height, width], patch, classes } = options;
    this.#options = options;
    this.#planeLength = height * width * classes;
    this.#sums = new Float32Array(Math.min(patch[0], depth) * this.#planeLength);
  }

  /** Adds the part of a window, [depth, height, width, classes], that lies in the volume; none before is lower. */
  add(probabilities: Float32Array, start: Triple): void {
    const { shape, patch, weights, classes } = this.#options;
    this.finish(start[0]);
    const first = start.map((at) => Math.max(0, -at));
    const end = patch.map((extent, axis) => Math.min(extent, shape[axis] - start[axis]));
    const sums = this.#sums;
    for (let k = first[0]; k < end[0]; k++) {
      const plane = (start[0] + k - this.#first) * this.#planeLength;
      for (let j = first[1]; j < end[1]; j++) {
        const row = weights[0][k] * weights[1][j];
        let from = ((k * patch[1] + j) * patch[2] + first[2]) * classes;
        let to = plane + ((start[1] + j) * shape[2] + start[2] + first[2]) * classes;
        for (let i = first[2]; i < end[2]; i++) {
          const weight = row * weights[2][i];
          for (let c = 0; c < classes; c++) sums[to++] += weight * probabilities[from++];
        }
      }
    }
  }

  /** Gives away the planes before `plane`, which no window reaches any more. */
  finish(plane: number): void {
    const count = plane - this.#first;
    if (count <= 0) return;
    const done = this.#sums.subarray(0, count * this.#planeLength);
    this.#divide(done, count);
    this.#options.take(done, this.#options.classes);
    this.#sums.copyWithin(0, done.length);
    this.#sums.fill(0, this.#sums.length - done.length);
    this.#first = plane;
  }

  /**
   * Divides each voxel's sums by what its weights add up to: windows lie on a grid, so that is a product over the axes.
   */
  #divide(sums: Float32Array, count: number): void {
    const { shape: [, height, width], classes, totals: [zs, ys, xs] } = this.#options;
    let at = 0;
    for (let z = this.#first; z < this.#first + count; z++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const total = zs[z] * ys[y] * xs[x];
          for (let c = 0; c < classes; c++) sums[at++] /= total;
        }
      }
    }
  }
}
