/** A label's voxels lie where its image's do. */
import { UserError } from "../../core/errors.ts";
import type { Triple } from "../../core/triple.ts";
import { type AxisMap, isInvertible } from "../affine.ts";
import { hasPlace, qformOf } from "../nifti/forms.ts";
import { dimsOf, type NiftiHeader, spacingOf } from "../nifti/header.ts";
import { distanceApart, orderOn, SAME_ORDER, tolerance } from "../nifti/placing.ts";
import { scatter } from "../orient.ts";
import type { Volume } from "../volume.ts";
import type { CaseHeaders } from "./check.ts";

/** What two files are compared by. */
export type PlacedGrid = Pick<Volume, "dims" | "spacing" | "affine" | "forms">;

type Placed = Pick<PlacedGrid, "affine">;

/** How a label lies on its image's grid. */
export interface LabelPlace {
  /** For each stored axis of the label the axis of the image along which it runs. */
  readonly map: AxisMap;
  /** Set where the headers leave it open and the order of the voxels was taken for it: which file does not say it. */
  readonly assumed?: "image" | "label";
  /** Set where the label lies at the place of its image's qform, and the image has an sform elsewhere, which counts. */
  readonly byQform?: true;
}

/** See the file's head. */
export function requireLabelInPlace({ reference, image, label }: CaseHeaders): void {
  if (label) placeOfLabel(placedGrid(image), placedGrid(label), reference.label!);
}

/** A header's grid. */
export function placedGrid(header: NiftiHeader): PlacedGrid {
  return { dims: dimsOf(header), spacing: spacingOf(header), affine: header.affine, forms: header.forms };
}

/**
 * Whether the label's voxels lie where its image's do, in whatever order of axes the label is stored. Where one of the
 * two has neither qform nor sform its header tells of sizes at most: voxels then belong together in the order in which
 * they are stored, unless the sizes are others.
 *
 * @throws {UserError} unless each voxel of the label lies within half a voxel of one of the image's, and the reverse.
 */
export function placeOfLabel(image: PlacedGrid, label: PlacedGrid, where: string): LabelPlace {
  const saying = [image, label].map(({ forms }) => !forms || hasPlace(forms));
  if (!saying[0] || !saying[1]) {
    requireShape(image, label, where);
    const { dims } = label;
    if (saying[0] === saying[1] && isWithin(image, label, dims, SAME_ORDER)) return { map: SAME_ORDER };
    requireSizes(image, label, where);
    return { map: SAME_ORDER, assumed: saying[1] ? "image" : "label" };
  }
  for (const at of placesOf(image)) {
    const map = orderOn(at.affine, label.affine);
    if (!sameShape(image.dims, scatter(map, label.dims)) || !isWithin(at, label, label.dims, map)) continue;
    return { map, ...(at.affine !== image.affine && { byQform: true as const }) };
  }
  const turned = orderOn(image.affine, label.affine);
  const map = sameShape(image.dims, scatter(turned, label.dims)) ? turned : SAME_ORDER;
  if (map === SAME_ORDER) requireShape(image, label, where);
  const apart = distanceApart(image.affine, label.affine, label.dims, map).toPrecision(3);
  const hint = isIdentity(label) && !isIdentity(image)
    ? "; its matrix is the identity, as of files that are written without their image's geometry"
    : "";
  throw new UserError("loading a case: the voxels of a label must lie where its image's do, within half a voxel", {
    where,
    value: `up to ${Number(apart)} mm away${hint}`,
  });
}

/**
 * Where an image's header says that its voxels lie: by the form that counts, and by the qform where both are set.
 * Programs that take the qform write labels which lie there, by both of their forms, and are this grid's all the same.
 */
function placesOf({ affine, forms }: PlacedGrid): Placed[] {
  if (!forms || forms.sformCode <= 0 || forms.qformCode <= 0) return [{ affine }];
  const qform = qformOf(forms);
  return isInvertible(qform) ? [{ affine }, { affine: qform }] : [{ affine }];
}

function isWithin(image: Placed, label: Placed, dims: Triple, map: AxisMap): boolean {
  return distanceApart(image.affine, label.affine, dims, map) <= tolerance(image.affine, label.affine, dims);
}

function requireShape(image: PlacedGrid, label: PlacedGrid, where: string): void {
  if (sameShape(image.dims, label.dims)) return;
  throw new UserError(`loading a case: the label file must have the shape of its image, ${image.dims.join("x")}`, {
    where,
    value: label.dims.join("x"),
  });
}

function sameShape(a: Triple, b: Triple): boolean {
  return a.every((extent, axis) => extent === b[axis]);
}

/** @throws {UserError} if both files tell voxel sizes, and they are not the same within a hundredth. */
function requireSizes(image: PlacedGrid, label: PlacedGrid, where: string): void {
  const [own, other] = [toldSizes(label), toldSizes(image)];
  if (!own || !other || own.every((size, axis) => Math.abs(size - other[axis]) <= 0.01 * other[axis])) return;
  const rule = `where a header has neither qform nor sform, the label's voxel sizes must be its image's`;
  throw new UserError(`loading a case: ${rule}, ${other.join(" x ")} mm`, { where, value: `${own.join(" x ")} mm` });
}

/** The voxel sizes that a header tells: without a form, ones are what programs write that know none. */
function toldSizes({ spacing, forms }: PlacedGrid): Triple | undefined {
  if (!forms || hasPlace(forms)) return spacing;
  const { sizes } = forms;
  const told = !sizes.every((size) => size === 1) && sizes.every((size) => Number.isFinite(size) && size > 0);
  return told ? spacing : undefined;
}

function isIdentity({ affine }: PlacedGrid): boolean {
  return affine.every((row, r) => row.every((value, column) => value === (r === column ? 1 : 0)));
}
