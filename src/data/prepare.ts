/**
 * From a case's files to what networks train on; `restore.ts` brings predictions back to the file's own grid.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { perAxis, type Triple } from "../core/triple.ts";
import { type Affine, axisMapOf, mapThrough } from "./affine.ts";
import { channelOf, imageFilesOf } from "./channels.ts";
import { type PlacedGrid, placeOfChannel } from "./checks/same_place.ts";
import { centralWindow, cropPlane, type Window } from "./crop.ts";
import type { CaseReference, LabelScheme } from "./datasets/dataset.ts";
import { fillGaps, findGaps } from "./gaps.ts";
import { classesOf, classValues } from "./labels/classes.ts";
import { IGNORED, isIgnored } from "./labels/ignored.ts";
import { readLabels } from "./labels/read.ts";
import { LinearPlanes } from "./linear_planes.ts";
import { type Occupancy, quantiseShares } from "./occupancy.ts";
import type { StoredForms } from "./nifti/forms.ts";
import { readFrames, readStored, scaledPieces, type StoredVolume } from "./formats/read.ts";
import { normaliseInPlace } from "./normalise.ts";
import { layoutBy, type RasLayout, rasLayout, readPlane, scatter } from "./orient.ts";
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
  /** What share of each voxel the classes take, where it was asked for and the grid is coarser than the label's. */
  readonly occupancy?: Occupancy;
  /** Geometry of the image file, to which predictions are brought back. */
  readonly source: SourceGeometry;
}

/** Options of {@linkcode prepareCase}. */
export interface PrepareCaseOptions {
  /** Whether the shares of classes are kept where the grid is coarser than the label's. @default false */
  softLabels?: boolean;
  /** Gives up reading. */
  signal?: AbortSignal;
}

/**
 * Loads a case and prepares it.
 *
 * @param scheme the dataset: its label values fix the classes; may have none where there are no labels
 * @throws {UserError} if a file cannot be read, the voxels of the label or of a channel do not lie where the image's
 * do, or the label holds a value that is none of the dataset's.
 */
export async function prepareCase(
  reference: CaseReference,
  plan: Plan,
  scheme: LabelScheme,
  options: PrepareCaseOptions = {},
): Promise<PreparedCase> {
  const { image, channels, grid, geometry } = await loadImage(reference, plan, options);
  const labels = reference.label === undefined
    ? undefined
    : await loadLabel(reference.label, { image: geometry, grid, plan, scheme, ...options });
  const [x, y, z] = grid.window?.dims ?? grid.target;
  return {
    id: reference.id,
    subject: reference.subject,
    shape: [z, y, x],
    spacing: [grid.spacing[2], grid.spacing[1], grid.spacing[0]],
    channels,
    image,
    ...labels,
    source: {
      path: reference.image,
      ...geometry,
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

type ImageGeometry = Pick<SourceGeometry, "dims" | "spacing" | "affine" | "orientation" | "forms">;

/** What the files of an image hold, and where it is stored and goes. */
interface LoadedImage {
  /** [channel, z, y, x] */
  image: Float32Array;
  channels: number;
  grid: CaseGrid;
  /** Of the first file. */
  geometry: ImageGeometry;
}

/** Of the image, only one file's own voxels and the prepared ones are ever in memory as a whole. */
async function loadImage(
  reference: CaseReference,
  plan: Plan,
  options: { signal?: AbortSignal },
): Promise<LoadedImage> {
  const [first, ...others] = imageFilesOf(reference);
  const loaded = await loadFirst(first, reference, plan, options);
  const { geometry, grid, image, channels } = loaded;
  for (const [index, path] of others.entries()) {
    const volume = await readStored(path, options);
    const { map } = placeOfChannel(geometry, volume, { first, where: path });
    const layout = layoutBy(mapThrough(map, axisMapOf(geometry.affine)), volume.dims);
    loadChannel(volume, { grid: { ...grid, layout }, where: path, channel: channelOf(image, index + 1, channels) });
  }
  return loaded;
}

/** Makes room for all channels, and loads those of the first file, which may hold several, one a frame. */
async function loadFirst(
  path: string,
  { images = [path], frames = 1 }: Pick<CaseReference, "images" | "frames">,
  plan: Plan,
  options: { signal?: AbortSignal },
): Promise<LoadedImage> {
  const volumes = frames === 1 ? [await readStored(path, options)] : await readFrames(path, options);
  if (volumes.length !== frames) {
    throw new UserError(`loading a case: the image must have a frame for each of ${frames} channels`, {
      where: path,
      value: volumes.length,
    });
  }
  const { dims, spacing, affine, orientation, forms } = volumes[0];
  const geometry = { dims, spacing, affine, orientation, forms };
  const grid = gridFor(geometry, plan);
  const channels = frames === 1 ? images.length : frames;
  const image = new Float32Array(
    new SharedArrayBuffer(4 * channels * voxelCount(grid.window?.dims ?? grid.target)),
  );
  volumes.forEach((volume, index) => {
    const where = frames === 1 ? path : `${path}, frame ${index}`;
    loadChannel(volume, { grid, where, channel: channelOf(image, index, channels) });
  });
  return { image, channels, grid, geometry };
}

function gridFor({ affine, dims, spacing: stored }: ImageGeometry, plan: Plan): CaseGrid {
  const layout = rasLayout(affine, dims);
  const spacing = scatter(axisMapOf(affine), plannedSpacing(dims, stored, plan));
  const target = targetDims(layout.dims, spacing, plan.spacing);
  const actual = perAxis((axis) => spacing[axis] * layout.dims[axis] / target[axis]);
  const window = plan.crop && centralWindow(target, actual, plan.crop);
  return { layout, target, spacing: actual, ...(window && { window }) };
}

interface ChannelContext {
  /** As its own file stores it. */
  grid: CaseGrid;
  /** For errors. */
  where: string;
  /** To fill: [z, y, x]. */
  channel: Float32Array;
}

/** Brings a volume to the grid plane by plane, and normalises it by itself. */
function loadChannel(
  volume: StoredVolume,
  { grid: { layout, target, window }, where, channel }: ChannelContext,
): void {
  const gaps = findGaps(scaledPieces(volume), where);
  const plane = new Float32Array(layout.dims[0] * layout.dims[1]);
  const planes = new LinearPlanes(layout.dims, target);
  for (let from = 0, z = 0; from < layout.dims[2]; from++) {
    readPlane(volume.stored, layout, from, plane, volume);
    fillGaps(plane, gaps);
    planes.add(plane);
    for (; planes.isReady(z); z++) keepPlane(planes.read(z), z, window, channel);
  }
  normaliseInPlace(channel, { where });
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
  softLabels?: boolean;
  signal?: AbortSignal;
}

async function loadLabel(path: string, context: LabelContext): Promise<Pick<PreparedCase, "label" | "occupancy">> {
  const { image, grid, plan, scheme, softLabels = false, signal } = context;
  const { layout, target, window } = grid;
  const classes = classesOf((await readLabels(path, scheme, { image, signal })).data, scheme);
  const voxels = voxelCount(window?.dims ?? target);
  const label = new Uint8Array(new SharedArrayBuffer(voxels));
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
  const isCoarser = layout.dims.some((extent, axis) => extent > target[axis]);
  const isSoft = softLabels && isCoarser && plan.labelResampling !== "nearest";
  const occupancy = isSoft ? new Uint8Array(new SharedArrayBuffer(count * voxels)) : undefined;
  for (const { z, labels, shares } of planes) {
    keepPlane(labels, z, window, label);
    if (!occupancy || !shares) continue;
    quantiseShares(shares, count, (plane, value) => {
      keepPlane(plane, z, window, occupancy.subarray(value * voxels, (value + 1) * voxels));
    });
  }
  return { label, ...(occupancy && { occupancy: { shares: occupancy, classes: count } }) };
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
