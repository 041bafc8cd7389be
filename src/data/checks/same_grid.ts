/** A label's voxels are its image's. */
import { UserError } from "../../core/errors.ts";
import { orientationOf } from "../affine.ts";
import { dimsOf, type NiftiHeader } from "../nifti/header.ts";
import type { CaseHeaders } from "./check.ts";

/** The part of a grid that a label shares with its image. */
export interface GridLike {
  readonly dims: readonly number[];
  readonly orientation: string;
}

/** See the file's head. */
export function requireLabelOnGrid({ reference, image, label }: CaseHeaders): void {
  if (label) requireSameGrid(gridOf(image), gridOf(label), reference.label!);
}

function gridOf(header: NiftiHeader): GridLike {
  return { dims: dimsOf(header), orientation: orientationOf(header.affine) };
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
