/**
 * What every format of volumes on disk is read into: a header in NIfTI's terms, and the voxels as stored.
 *
 * @module
 */
import type { NiftiHeader } from "../nifti/header.ts";
import type { NiftiImage } from "../nifti/image.ts";

/** One format of files; see `registry.ts`. */
export interface VolumeFormat {
  /** As the registry has it. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  /** How its files' names end, in small letters, the longer ones first. */
  readonly endings: readonly string[];
  /**
   * Reads what a file says of itself; no voxel is read.
   *
   * @throws {UserError} if it cannot be read, is none of the format, or cannot hold the voxels that it announces.
   */
  readHeader(path: string): Promise<NiftiHeader>;
  /**
   * Reads all of a file.
   *
   * @throws {UserError} as above, or if it is damaged, or its voxels are no real numbers.
   */
  readImage(path: string, options?: { signal?: AbortSignal }): Promise<NiftiImage>;
}
