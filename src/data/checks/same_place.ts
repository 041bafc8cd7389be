/** A label's voxels lie where its image's do, those of all channels where the first one's do, and so on. */
import { UserError } from "../../core/errors.ts";
import type { Triple } from "../../core/triple.ts";
import { type AxisMap, isInvertible } from "../affine.ts";
import { imageFilesOf } from "../channels.ts";
import { hasPlace, qformOf } from "../nifti/forms.ts";
import { dimsOf, type NiftiHeader, spacingOf } from "../nifti/header.ts";
import { distanceApart, orderOn, SAME_ORDER, tolerance } from "../nifti/placing.ts";
import { scatter } from "../orient.ts";
import type { Volume } from "../volume.ts";
import type { CaseHeaders } from "./check.ts";

const LOADING = "loading a case";

/** What two files are compared by. */
export type PlacedGrid = Pick<Volume, "dims" | "spacing" | "affine" | "forms">;

type Placed = Pick<PlacedGrid, "affine">;

/** How a label, or another channel, lies on its image's grid. */
export interface PlaceOnImage {
  /** For each stored axis of the file the axis of the image along which it runs. */
  readonly map: AxisMap;
  /** Set where the headers leave it open and the order of the voxels was taken for it: which file does not say it. */
  readonly assumed?: "image" | "own";
  /** Set where the file lies at the place of its image's qform, and the image has an sform elsewhere, which counts. */
  readonly byQform?: true;
}

/** The rules that two files must keep, in words, and which files they are. */
interface Rules {
  /** @default "loading a case" */
  readonly doing?: string;
  readonly where: string;
  readonly shape: string;
  readonly sizes: string;
  readonly place: string;
}

/** See the file's head. */
export function requireLabelInPlace({ reference, image, label }: CaseHeaders): void {
  if (label) placeOfLabel(placedGrid(image), placedGrid(label), reference.label!);
}

/** See the file's head. */
export function requireChannelsInPlace({ reference, image, others = [] }: CaseHeaders): void {
  const [first, ...paths] = imageFilesOf(reference);
  others.forEach((other, index) =>
    placeOfChannel(placedGrid(image), placedGrid(other), { first, where: paths[index] })
  );
}

/** A header's grid. */
export function placedGrid(header: NiftiHeader): PlacedGrid {
  return { dims: dimsOf(header), spacing: spacingOf(header), affine: header.affine, forms: header.forms };
}

/**
 * Whether the label's voxels lie where its image's do; see {@linkcode placeOn}.
 *
 * @throws {UserError} unless each voxel of the label lies within half a voxel of one of the image's, and the reverse.
 */
export function placeOfLabel(image: PlacedGrid, label: PlacedGrid, where: string): PlaceOnImage {
  return placeOn(image, label, {
    where,
    shape: "the label file must have the shape of its image",
    sizes: "the label's voxel sizes must be its image's",
    place: "the voxels of a label must lie where its image's do",
  });
}

/**
 * Whether a channel's voxels lie where those of the first one do; see {@linkcode placeOn}.
 *
 * @param files their paths
 * @throws {UserError} that names both files, as {@linkcode placeOfLabel}.
 */
export function placeOfChannel(
  image: PlacedGrid,
  channel: PlacedGrid,
  files: { first: string; where: string },
): PlaceOnImage {
  return placeOn(image, channel, {
    where: `${files.where} beside ${files.first}`,
    shape: "all channels of a case must have the shape of its first one",
    sizes: "the voxel sizes of all channels must be those of the first one",
    place: "the voxels of all channels of a case must lie where those of its first one do",
  });
}

/**
 * Whether a prediction's voxels lie where its reference's do; see {@linkcode placeOn}.
 *
 * @throws {UserError} as {@linkcode placeOfLabel}.
 */
export function placeOfPrediction(reference: PlacedGrid, prediction: PlacedGrid, where: string): PlaceOnImage {
  return placeOn(reference, prediction, {
    doing: "scoring a case",
    where,
    shape: "a prediction must have the shape of its reference",
    sizes: "the prediction's voxel sizes must be its reference's",
    place: "the voxels of a prediction must lie where its reference's do",
  });
}

/**
 * Whether the file's voxels lie where the image's do, in whatever order of axes they are stored. Where one of the two
 * has neither qform nor sform its header tells of sizes at most: voxels then belong together in the order in which they
 * are stored, unless the sizes are others.
 */
function placeOn(image: PlacedGrid, own: PlacedGrid, rules: Rules): PlaceOnImage {
  const saying = [image, own].map(({ forms }) => !forms || hasPlace(forms));
  if (!saying[0] || !saying[1]) {
    requireShape(image, own, rules);
    const { dims } = own;
    if (saying[0] === saying[1] && isWithin(image, own, dims, SAME_ORDER)) return { map: SAME_ORDER };
    requireSizes(image, own, rules);
    return { map: SAME_ORDER, assumed: saying[1] ? "image" : "own" };
  }
  for (const at of placesOf(image)) {
    const map = orderOn(at.affine, own.affine);
    if (!sameShape(image.dims, scatter(map, own.dims)) || !isWithin(at, own, own.dims, map)) continue;
    return { map, ...(at.affine !== image.affine && { byQform: true as const }) };
  }
  const turned = orderOn(image.affine, own.affine);
  const map = sameShape(image.dims, scatter(turned, own.dims)) ? turned : SAME_ORDER;
  if (map === SAME_ORDER) requireShape(image, own, rules);
  const apart = distanceApart(image.affine, own.affine, own.dims, map).toPrecision(3);
  const hint = isIdentity(own) && !isIdentity(image)
    ? "; its matrix is the identity, as of files that are written without their image's geometry"
    : "";
  throw new UserError(`${rules.doing ?? LOADING}: ${rules.place}, within half a voxel`, {
    where: rules.where,
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

function isWithin(image: Placed, own: Placed, dims: Triple, map: AxisMap): boolean {
  return distanceApart(image.affine, own.affine, dims, map) <= tolerance(image.affine, own.affine, dims);
}

function requireShape(image: PlacedGrid, own: PlacedGrid, { doing = LOADING, shape, where }: Rules): void {
  if (sameShape(image.dims, own.dims)) return;
  throw new UserError(`${doing}: ${shape}, ${image.dims.join("x")}`, { where, value: own.dims.join("x") });
}

function sameShape(a: Triple, b: Triple): boolean {
  return a.every((extent, axis) => extent === b[axis]);
}

/** @throws {UserError} if both files tell voxel sizes, and they are not the same within a hundredth. */
function requireSizes(image: PlacedGrid, own: PlacedGrid, { doing = LOADING, sizes, where }: Rules): void {
  const [told, wanted] = [toldSizes(own), toldSizes(image)];
  if (!told || !wanted || told.every((size, axis) => Math.abs(size - wanted[axis]) <= 0.01 * wanted[axis])) return;
  const rule = `where a header has neither qform nor sform, ${sizes}`;
  throw new UserError(`${doing}: ${rule}, ${wanted.join(" x ")} mm`, { where, value: `${told.join(" x ")} mm` });
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
