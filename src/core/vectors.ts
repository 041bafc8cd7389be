/**
 * Named float32 vectors: how weights travel between rooms and between peers, as bytes and never as tensors.
 *
 * @module
 */

/** One named array: `data` holds the product of `shape` values, row-major. */
export interface NamedVector {
  /** Unique among the vectors that go together, e.g. "encoder/level0/conv0/kernel". */
  readonly name: string;
  /** Extents, outermost first; their product is the number of values. */
  readonly shape: readonly number[];
  /** The values, in row-major order. */
  readonly data: Float32Array;
}

/** What must agree before two vectors can be averaged: names and shapes, in order. */
export type Layout = readonly Omit<NamedVector, "data">[];

/** The number of values that `shape` holds. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** The layout of `vectors`. */
export function layoutOf(vectors: readonly NamedVector[]): Layout {
  return vectors.map(({ name, shape }) => ({ name, shape: [...shape] }));
}

/** All values one after another, in order. */
export function flatten(vectors: readonly NamedVector[]): Float32Array<ArrayBuffer> {
  const flat = new Float32Array(vectors.reduce((sum, { data }) => sum + data.length, 0));
  let offset = 0;
  for (const { data } of vectors) {
    flat.set(data, offset);
    offset += data.length;
  }
  return flat;
}

/**
 * The inverse of {@linkcode flatten}; each vector is a copy.
 *
 * @throws {RangeError} if `flat` does not hold exactly what `layout` asks for.
 */
export function unflatten(flat: Float32Array, layout: Layout): NamedVector[] {
  const expected = layout.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (flat.length !== expected) {
    throw new RangeError(`the layout holds ${expected} values, the vector ${flat.length}`);
  }
  let offset = 0;
  return layout.map(({ name, shape }) => {
    const size = sizeOf(shape);
    const data = flat.slice(offset, offset + size);
    offset += size;
    return { name, shape: [...shape], data };
  });
}

/** Whether every value is finite. */
export function allFinite(vector: Float32Array): boolean {
  for (let i = 0; i < vector.length; i++) if (!Number.isFinite(vector[i])) return false;
  return true;
}
