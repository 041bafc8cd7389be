/**
 * What comes in threes: extents, indices, positions and spacings in a volume.
 *
 * @module
 */

/** Three numbers, one an axis; unit and order of the axes are stated where it is used. */
export type Triple = readonly [number, number, number];
