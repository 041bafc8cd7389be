/**
 * Checking a whole dataset before hours are spent on it.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { orientationOf } from "../affine.ts";
import { dimsOf, type NiftiHeader } from "../nifti/header.ts";
import { readHeaderOf } from "../nifti/image.ts";
import type { CaseReference, Dataset } from "./dataset.ts";

/**
 * Reads every case's headers (no voxels): images must be 3D, of real numbers, and label files must have their image's
 * shape and orientation. Label values are checked when a case is loaded.
 *
 * @throws {UserError} for the first case at fault.
 */
export async function validateDataset(dataset: Dataset, options: { signal?: AbortSignal } = {}): Promise<void> {
  for (const reference of dataset.cases) {
    options.signal?.throwIfAborted();
    await validateCase(reference);
  }
}

/** See {@linkcode validateDataset}. */
async function validateCase({ image, label }: CaseReference): Promise<void> {
  const imageHeader = await readHeaderOf(image);
  requireVolume(imageHeader, image);
  if (label === undefined) return;
  const labelHeader = await readHeaderOf(label);
  requireVolume(labelHeader, label);
  requireSameGrid(
    { dims: dimsOf(imageHeader), orientation: orientationOf(imageHeader.affine) },
    { dims: dimsOf(labelHeader), orientation: orientationOf(labelHeader.affine) },
    label,
  );
}

/** The part of a grid that a label shares with its image. */
export interface GridLike {
  readonly dims: readonly number[];
  readonly orientation: string;
}

/** @throws {UserError} unless the label's voxels are the image's. */
export function requireSameGrid(image: GridLike, label: GridLike, where: string): void {
  if (label.dims.join("x") !== image.dims.join("x")) {
    throw new UserError(`loading a case: the label file must have the shape of its image, ${image.dims.join("x")}`, {
      where,
      value: label.dims.join("x"),
    });
  }
  if (label.orientation !== image.orientation) {
    throw new UserError(`loading a case: the label file must be oriented like its image, ${image.orientation}`, {
      where,
      value: label.orientation,
    });
  }
}

function requireVolume({ dims, datatype }: NiftiHeader, where: string): void {
  if (!datatype.view) {
    throw new UserError("reading a volume: voxels must be real numbers, up to 64 bits each", {
      where,
      value: datatype.name,
    });
  }
  if (dims.slice(3).some((extent) => extent > 1)) {
    throw new UserError("reading a volume: a 3D image is needed", { where, value: dims.join("x") });
  }
}
