/**
 * From a case's files to what networks train on, and from a prediction back to the file's own grid.
 *
 * @module
 */
import { perAxis, type Triple } from "../core/triple.ts";
import { type Affine, axisMapOf } from "./affine.ts";
import { centralWindow, crop, uncrop, type Window } from "./crop.ts";
import type { CaseReference, LabelScheme } from "./datasets/dataset.ts";
import { classesOf, classValues } from "./labels/classes.ts";
import { readLabels } from "./labels/read.ts";
import type { StoredForms } from "./nifti/forms.ts";
import { readNifti } from "./nifti/read.ts";
import { fillGaps, normalise } from "./normalise.ts";
import { fromRas, scatter, toRas } from "./orient.ts";
import { type Plan, plannedSpacing } from "./plan.ts";
import { largestShare, resampleLabels, resampleLinear, resampleNearest } from "./resample.ts";
import { type Volume, voxelCount } from "./volume.ts";

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

/** A case ready for training: RAS, at the plan's resolution, normalised. */
export interface PreparedCase {
  /** See {@linkcode CaseReference.id}. */
  readonly id: string;
  /** See {@linkcode CaseReference.subject}. */
  readonly subject: string;
  /** Voxels along z, y, x. */
  readonly shape: Triple;
  /** Voxel size along z, y, x in mm, after resampling. */
  readonly spacing: Triple;
  /** [z, y, x], mean 0 and standard deviation 1 (see `normalise`). */
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
 * @throws {UserError} if a file cannot be read, the label's voxels do not lie where the image's do, or it holds a value that is
 * none of the dataset's.
 */
export async function prepareCase(
  reference: CaseReference,
  plan: Plan,
  scheme: LabelScheme,
  options: { signal?: AbortSignal } = {},
): Promise<PreparedCase> {
  const stored = await readNifti(reference.image, options);
  const labelValues = classValues(scheme);
  const map = axisMapOf(stored.affine);
  const volume = toRas(stored);
  const spacing = scatter(map, plannedSpacing(stored.dims, stored.spacing, plan));
  const dims = targetDims(volume.dims, spacing, plan.spacing);
  const actual = perAxis((axis) => spacing[axis] * volume.dims[axis] / dims[axis]);
  const window = plan.crop && centralWindow(dims, actual, plan.crop);
  const kept = <T extends Float32Array | Uint8Array>(data: T): T => window ? crop(data, window) : data;
  const voxels = fillGaps(volume.data, reference.image);
  const image = normalise(kept(resampleLinear(voxels, volume.dims, dims)), { where: reference.image });
  const label = reference.label === undefined ? undefined : await loadLabel(reference.label, {
    image: stored,
    dims,
    plan,
    scheme,
    ...options,
  });
  const [x, y, z] = window?.dims ?? dims;
  return {
    id: reference.id,
    subject: reference.subject,
    shape: [z, y, x],
    spacing: [actual[2], actual[1], actual[0]],
    image,
    ...(label && { label: kept(label) }),
    source: {
      path: reference.image,
      dims: stored.dims,
      spacing: stored.spacing,
      affine: stored.affine,
      orientation: stored.orientation,
      forms: stored.forms,
      labelValues,
      ...(window && { window }),
    },
  };
}

/** The dimensions nearest to the target voxel size with the extent kept; at least one voxel. */
export function targetDims(dims: Triple, spacing: Triple, target: Triple | null): Triple {
  if (!target) return dims;
  const along = (axis: number) => Math.max(1, Math.round(dims[axis] * spacing[axis] / target[axis]));
  return [along(0), along(1), along(2)];
}

interface LabelContext {
  image: Volume;
  /** Of the target grid, x, y, z. */
  dims: Triple;
  plan: Plan;
  scheme: LabelScheme;
  signal?: AbortSignal;
}

async function loadLabel(path: string, context: LabelContext): Promise<Uint8Array> {
  const { image, dims, plan, scheme, signal } = context;
  const stored = await readLabels(path, scheme, { image, signal });
  const classes = classesOf(toRas(stored).data, scheme);
  const rasDims = scatter(axisMapOf(image.affine), image.dims);
  return plan.labelResampling === "nearest"
    ? resampleNearest(classes, rasDims, dims)
    : resampleLabels(classes, rasDims, dims, classValues(scheme).length);
}

/**
 * The most probable label of every voxel of the input's own grid, in its own orientation, ready for `writeNifti`.
 *
 * @param probabilities [z, y, x, classes] on the prepared grid; the greatest wins
 */
export function restoreLabels(prepared: PreparedCase, probabilities: Float32Array, classes: number): Volume {
  const { shape, source } = prepared;
  const voxels = voxelCount(shape);
  if (probabilities.length !== voxels * classes) {
    throw new RangeError(
      `${shape} voxels of ${classes} classes are ${voxels * classes} values, got ${probabilities.length}`,
    );
  }
  if (classes > source.labelValues.length) {
    throw new RangeError(`the dataset has ${source.labelValues.length} classes, got ${classes}`);
  }
  const { window } = source;
  const dims: Triple = window?.whole ?? [shape[2], shape[1], shape[0]];
  const rasDims = scatter(axisMapOf(source.affine), source.dims);
  const share = new Float32Array(voxels);
  const winners = largestShare(classes, voxelCount(rasDims), (label) => {
    for (let i = 0; i < voxels; i++) share[i] = probabilities[i * classes + label];
    // outside the window nothing was looked at: background
    return resampleLinear(window ? uncrop(share, window, label === 0 ? 1 : 0) : share, dims, rasDims);
  });
  const stored = fromRas(winners, source.dims, source.affine);
  return {
    data: Float32Array.from(stored, (label) => source.labelValues[label]),
    dims: source.dims,
    spacing: source.spacing,
    affine: source.affine.map((row) => [...row]),
    orientation: source.orientation,
    forms: source.forms,
    datatype: "uint8",
  };
}
