/**
 * From a case's files to what networks train on; `restore.ts` brings predictions back to the file's own grid.
 *
 * @module
 */
import { perAxis, type Triple } from "../core/triple.ts";
import { type Affine, axisMapOf } from "./affine.ts";
import type { PlacedGrid } from "./checks/same_place.ts";
import { centralWindow, cropPlane, type Window } from "./crop.ts";
import type { CaseReference, LabelScheme } from "./datasets/dataset.ts";
import { fillGaps, findGaps } from "./gaps.ts";
import { classesOf, classValues } from "./labels/classes.ts";
import { IGNORED, isIgnored } from "./labels/ignored.ts";
import { readLabels } from "./labels/read.ts";
import { LinearPlanes } from "./linear_planes.ts";
import type { StoredForms } from "./nifti/forms.ts";
import { readStored, scaledPieces } from "./nifti/read.ts";
import { normaliseInPlace } from "./normalise.ts";
import { type RasLayout, rasLayout, readPlane, scatter } from "./orient.ts";
import { type Plan, plannedSpacing } from "./plan.ts";
import { labelPlanes, nearestPlanes } from "./resample.ts";
import { voxelCount } from "./volume.ts";

/** What is needed to bring a prediction back to the input's own grid. */
export interface SourceGeometry {
  /** The image's path. */
  readonly path: string;
  /** As stored: x, y, z of the file. */
  readonly dims: Triple;
  /** Distance between voxels, mm, along the axes of the stored array. */
  readonly spacing: Triple;
  /** From voxel indices to millimetres. */
  readonly affine: Affine;
  /** Where each axis points, e.g. "LPS". */
  readonly orientation: string;
  /** The file's own forms, which predictions keep. */
  readonly forms?: StoredForms;
  /** The label value of each class: `labelValues[0]` is 0, the background. */
  readonly labelValues: readonly number[];
  /** The part of the resampled grid that was kept, along x, y, z (RAS); without it, all of it. */
  readonly window?: Window;
}

/** A case ready for training: RAS, at the plan's resolution, normalised; in memory that threads share. */
export interface PreparedCase {
  /** See {@linkcode CaseReference.id}. */
  readonly id: string;
  /** See {@linkcode CaseReference.subject}. */
  readonly subject: string;
  /** Voxels along z, y, x. */
  readonly shape: Triple;
  /** Voxel size along z, y, x in mm, after resampling. */
  readonly spacing: Triple;
  /** Channels of the image: 1 to 64. */
  readonly channels: number;
  /** [channel, z, y, x], each channel of mean 0 and standard deviation 1 (see `normalise`). */
  readonly image: Float32Array;
  /**
   * [z, y, x], classes: 0 is background, `i` the i-th smallest label value that the dataset names, `IGNORED` a voxel
   * that nobody annotated.
   */
  readonly label?: Uint8Array;
  /** Geometry of the image file, to which predictions are brought back. */
  readonly source: SourceGeometry;
}

/**
 * Loads a case and prepares it.
 *
 * @param scheme the dataset: its label values fix the classes; may have none where there are no labels
 * @throws {UserError} if a file cannot be read, the label's voxels do not lie where the image's do, or it holds a value
 * that is none of the dataset's.
 */
export async function prepareCase(
  reference: CaseReference,
  plan: Plan,
  scheme: LabelScheme,
  options: { signal?: AbortSignal } = {},
): Promise<PreparedCase> {
  const { image, grid, ...source } = await loadImage(reference.image, plan, options);
  const label = reference.label === undefined
    ? undefined
    : await loadLabel(reference.label, { image: source, grid, plan, scheme, ...options });
  const [x, y, z] = grid.window?.dims ?? grid.target;
  return {
    id: reference.id,
    subject: reference.subject,
    shape: [z, y, x],
    spacing: [grid.spacing[2], grid.spacing[1], grid.spacing[0]],
    channels: 1,
    image,
    ...(label && { label }),
    source: {
      path: reference.image,
      ...source,
      labelValues: classValues(scheme),
      ...(grid.window && { window: grid.window }),
    },
  };
}

/** Where a case's voxels are stored, and the grid to which they are brought. */
interface CaseGrid {
  /** How they are stored, seen in RAS. */
  layout: RasLayout;
  /** Voxels along x, y, z after resampling. */
  target: Triple;
  /** mm, after resampling. */
  spacing: Triple;
  /** What is kept of it; without it, all of it. */
  window?: Window;
}

type LoadedImage =
  & Pick<SourceGeometry, "dims" | "spacing" | "affine" | "orientation" | "forms">
  & { image: Float32Array; grid: CaseGrid };

/** Of the image, only the file's own voxels and the prepared ones are ever in memory as a whole. */
async function loadImage(path: string, plan: Plan, options: { signal?: AbortSignal }): Promise<LoadedImage> {
  const volume = await readStored(path, options);
  const { stored, dims, affine } = volume;
  const layout = rasLayout(affine, dims);
  const spacing = scatter(axisMapOf(affine), plannedSpacing(dims, volume.spacing, plan));
  const target = targetDims(layout.dims, spacing, plan.spacing);
  const actual = perAxis((axis) => spacing[axis] * layout.dims[axis] / target[axis]);
  const window = plan.crop && centralWindow(target, actual, plan.crop);
  const grid = { layout, target, spacing: actual, ...(window && { window }) };
  const gaps = findGaps(scaledPieces(volume), path);
  const image = new Float32Array(new SharedArrayBuffer(4 * voxelCount(window?.dims ?? target)));
  const plane = new Float32Array(layout.dims[0] * layout.dims[1]);
  const planes = new LinearPlanes(layout.dims, target);
  for (let from = 0, z = 0; from < layout.dims[2]; from++) {
    readPlane(stored, layout, from, plane, volume);
    fillGaps(plane, gaps);
    planes.add(plane);
    for (; planes.isReady(z); z++) keepPlane(planes.read(z), z, window, image);
  }
  normaliseInPlace(image, { where: path });
  const { orientation, forms } = volume;
  return { image, grid, dims, spacing: volume.spacing, affine, orientation, forms };
}

/** The dimensions nearest to the target voxel size with the extent kept; at least one voxel. */
export function targetDims(dims: Triple, spacing: Triple, target: Triple | null): Triple {
  if (!target) return dims;
  const along = (axis: number) => Math.max(1, Math.round(dims[axis] * spacing[axis] / target[axis]));
  return [along(0), along(1), along(2)];
}

interface LabelContext {
  image: PlacedGrid;
  grid: CaseGrid;
  plan: Plan;
  scheme: LabelScheme;
  signal?: AbortSignal;
}

async function loadLabel(path: string, context: LabelContext): Promise<Uint8Array> {
  const { image, grid, plan, scheme, signal } = context;
  const { layout, target, window } = grid;
  const classes = classesOf((await readLabels(path, scheme, { image, signal })).data, scheme);
  const label = new Uint8Array(new SharedArrayBuffer(voxelCount(window?.dims ?? target)));
  const plane = new Uint8Array(layout.dims[0] * layout.dims[1]);
  const planeAt = (z: number) => {
    readPlane(classes, layout, z, plane);
    return plane;
  };
  const count = classValues(scheme).length;
  const isSame = layout.dims.every((extent, axis) => extent === target[axis]);
  const planes = isSame || plan.labelResampling === "nearest"
    ? nearestPlanes(planeAt, layout.dims, target)
    : labelPlanes(planeAt, layout.dims, target, {
      classes: count,
      hasIgnored: isIgnored(IGNORED, count) && classes.includes(IGNORED),
    });
  for (const { z, labels } of planes) keepPlane(labels, z, window, label);
  return label;
}

/** Writes plane `z` of the resampled grid, [y, x], to its place in what is kept of it. */
function keepPlane<T extends Float32Array | Uint8Array>(
  plane: T,
  z: number,
  window: Window | undefined,
  kept: T,
): void {
  if (window) cropPlane(plane, z, window, kept);
  else kept.set(plane, z * plane.length);
}
