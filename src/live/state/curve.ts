/**
 * A curve of any length in a fixed number of points.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Curve } from "./curve.ts";
 *
 * const curve = new Curve({ most: 4 });
 * for (let step = 1; step <= 6; step++) curve.add(step, step);
 * assertEquals(curve.points(), [[2, 1.5], [4, 3.5], [6, 5.5]]);
 * ```
 *
 * @module
 */

/** [x, y]; y is null where nothing finite was measured. */
export type Point = readonly [number, number | null];

/** Options of {@linkcode Curve}. */
export interface CurveOptions {
  /** Points that are kept at most; even. @default 240 */
  most?: number;
}

/** Values that were measured up to x, and their sum. */
interface Bucket {
  x: number;
  sum: number;
  finite: number;
  samples: number;
}

/** A curve whose points are means over as many samples each as it takes to keep to the number of points. */
export class Curve {
  readonly #most: number;
  #buckets: Bucket[] = [];
  /** Samples that a full point is made of: a power of two. */
  #stride = 1;

  constructor({ most = 240 }: CurveOptions = {}) {
    this.#most = most;
  }

  /** Takes a sample. One at or before an earlier x takes the place of what came since: work that is done again. */
  add(x: number, y: number | null | undefined): void {
    while (this.#buckets.length > 0 && this.#buckets.at(-1)!.x >= x) this.#buckets.pop();
    const isFinite = Number.isFinite(y);
    const last = this.#buckets.at(-1);
    if (last !== undefined && last.samples < this.#stride) {
      add(last, { x, sum: isFinite ? y! : 0, finite: +isFinite, samples: 1 });
    } else this.#buckets.push({ x, sum: isFinite ? y! : 0, finite: +isFinite, samples: 1 });
    if (this.#buckets.length > this.#most) this.#halve();
  }

  /** From left to right. */
  points(): Point[] {
    return this.#buckets.map(({ x, sum, finite }) => [x, finite > 0 ? sum / finite : null]);
  }

  #halve(): void {
    this.#stride *= 2;
    const halved: Bucket[] = [];
    for (const [i, bucket] of this.#buckets.entries()) {
      if (i % 2 === 0) halved.push(bucket);
      else add(halved.at(-1)!, bucket);
    }
    this.#buckets = halved;
  }
}

function add(bucket: Bucket, { x, sum, finite, samples }: Bucket): void {
  bucket.x = x;
  bucket.sum += sum;
  bucket.finite += finite;
  bucket.samples += samples;
}
