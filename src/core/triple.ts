/**
 * What comes in threes: extents, indices, positions and spacings in a volume.
 *
 * @module
 */

/** Three numbers, one an axis; unit and order of the axes are stated where it is used. */
export type Triple = readonly [number, number, number];

/** What `value` gives for each axis in turn, counted from 0. */
export function perAxis(value: (axis: number) => number): Triple {
  return [value(0), value(1), value(2)];
}
