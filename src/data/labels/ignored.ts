/**
 * Voxels that nobody annotated, as the label value that a dataset names `ignore` marks them.
 *
 * @module
 */

/** Stands in labels of classes for a voxel that nobody annotated. */
export const IGNORED = 255;

/**
 * Whether a voxel's class says that nobody annotated it: {@linkcode IGNORED}, but for data of 256 classes, which leave
 * no number for it.
 */
export function isIgnored(value: number, classes: number): boolean {
  return value === IGNORED && classes <= IGNORED;
}
