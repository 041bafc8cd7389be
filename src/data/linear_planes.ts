/**
 * Changing a grid's resolution plane by plane, with its extent kept: of a volume only as many planes are in memory as
 * one plane of the result is made of.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";

/** For each target index along one axis: the first source index and the weights from there on. */
interface AxisWeights {
  readonly starts: Int32Array;
  readonly taps: number;
  readonly weights: Float32Array;
}

/**
 * Linear interpolation along one axis; where the grid gets coarser, a triangle as wide as the target's voxels, so that
 * fine detail is averaged instead of aliased. Beyond the border the edge value counts on.
 */
function axisWeights(from: number, to: number): AxisWeights {
  const scale = from / to;
  const radius = Math.max(1, scale);
  const taps = Math.min(from, Math.ceil(radius) * 2 + 1);
  const starts = new Int32Array(to);
  const weights = new Float32Array(to * taps);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale - 0.5;
    const start = Math.min(Math.max(Math.floor(centre - radius) + 1, 0), from - taps);
    starts[i] = start;
    let sum = 0;
    for (let source = Math.floor(centre - radius) + 1; source < centre + radius; source++) {
      const weight = 1 - Math.abs(source - centre) / radius;
      if (weight <= 0) continue;
      weights[i * taps + Math.min(Math.max(source, 0), from - 1) - start] += weight;
      sum += weight;
    }
    for (let tap = 0; tap < taps; tap++) weights[i * taps + tap] /= sum;
  }
  return { starts, taps, weights };
}

/** Resamples a plane along one of its axes. */
type Pass = (plane: Float32Array) => Float32Array;

/** A pass along x; `width` is the plane's before it. */
function alongRows(width: number, height: number, to: number): Pass {
  const { starts, taps, weights } = axisWeights(width, to);
  const result = new Float32Array(to * height);
  return (plane) => {
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < to; x++) {
        const source = y * width + starts[x];
        let value = 0;
        for (let tap = 0; tap < taps; tap++) {
          const weight = weights[x * taps + tap];
          if (weight !== 0) value = Math.fround(value + weight * plane[source + tap]);
        }
        result[at++] = value;
      }
    }
    return result;
  };
}

/** A pass along y; `height` is the plane's before it. */
function alongColumns(width: number, height: number, to: number): Pass {
  const axis = axisWeights(height, to);
  const result = new Float32Array(width * to);
  return (plane) => {
    for (let y = 0; y < to; y++) {
      const row = result.subarray(y * width, (y + 1) * width);
      weigh(row, axis, y, (source) => plane.subarray(source * width, (source + 1) * width));
    }
    return result;
  };
}

/** Fills `result` with the weighted sum of which index `i` of the target consists, in the order of the sources. */
function weigh(
  result: Float32Array,
  { starts, taps, weights }: AxisWeights,
  i: number,
  sourceAt: (index: number) => Float32Array,
): void {
  result.fill(0);
  for (let tap = 0; tap < taps; tap++) {
    const weight = weights[i * taps + tap];
    if (weight === 0) continue;
    const source = sourceAt(starts[i] + tap);
    for (let k = 0; k < result.length; k++) result[k] += weight * source[k];
  }
}

/**
 * Takes the planes of a volume one after another, z ascending, and gives those of the volume on another grid,
 * trilinear.
 */
export class LinearPlanes {
  /** Voxels of the result along x, y, z. */
  readonly target: Triple;
  readonly #before: readonly Pass[];
  /** Undefined where z stays as it is. */
  readonly #alongZ: AxisWeights | undefined;
  readonly #after: readonly Pass[];
  /** The latest planes after the passes before that along z; plane `i` is at `i % kept`. */
  readonly #planes: Float32Array[];
  readonly #combined: Float32Array;
  #added = 0;

  /** @param dims voxels along x, y, z; so is `target` */
  constructor(dims: Triple, target: Triple) {
    this.target = target;
    // Coarser axes first: the later passes then have less to do.
    const order = [0, 1, 2].sort((a, b) => target[a] / dims[a] - target[b] / dims[b]);
    const place = order.indexOf(2);
    const current = [dims[0], dims[1]];
    const passes = (axes: readonly number[]) =>
      axes.filter((axis) => dims[axis] !== target[axis]).map((axis) => {
        const pass = (axis === 0 ? alongRows : alongColumns)(current[0], current[1], target[axis]);
        current[axis] = target[axis];
        return pass;
      });
    this.#before = passes(order.slice(0, place));
    const size = current[0] * current[1];
    this.#after = passes(order.slice(place + 1));
    this.#alongZ = dims[2] === target[2] ? undefined : axisWeights(dims[2], target[2]);
    this.#planes = new Array(this.#alongZ?.taps ?? 1);
    for (let i = 0; i < this.#planes.length; i++) this.#planes[i] = new Float32Array(size);
    this.#combined = new Float32Array(this.#alongZ ? size : 0);
  }

  /** Takes the next plane, [y, x]; it is copied. */
  add(plane: Float32Array): void {
    for (const pass of this.#before) plane = pass(plane);
    this.#planes[this.#added++ % this.#planes.length].set(plane);
  }

  /** Whether plane `z` of the result can be read; planes are to be read as soon as they are ready. */
  isReady(z: number): boolean {
    if (z >= this.target[2]) return false;
    return this.#alongZ ? this.#alongZ.starts[z] + this.#alongZ.taps <= this.#added : z < this.#added;
  }

  /** Plane `z` of the result, [y, x]; it holds until the next one is read or added. */
  read(z: number): Float32Array {
    let plane = this.#planes[z % this.#planes.length];
    if (this.#alongZ) {
      plane = this.#combined;
      weigh(plane, this.#alongZ, z, (source) => this.#planes[source % this.#planes.length]);
    }
    for (const pass of this.#after) plane = pass(plane);
    return plane;
  }
}
