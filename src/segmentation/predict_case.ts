/**
 * One case from prepared image to a prediction on its file's own grid.
 *
 * @module
 */
import { mirrorAxes, type Mirroring } from "../data/augmentation/mirror.ts";
import type { LabelScheme } from "../data/datasets/dataset.ts";
import { keepLargestParts } from "../data/labels/largest_parts.ts";
import { writeNifti } from "../data/nifti/write.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { LabelRestorer, type LabelVolume } from "../data/restore.ts";
import { type Volume, voxelCount } from "../data/volume.ts";
import { type PredictOptions, predictPlanes, type Segmenter } from "./inference.ts";

/** Options of {@linkcode predictCase}. */
export interface PredictCaseOptions extends Omit<PredictOptions, "mirror"> {
  /** The network. */
  segmenter: Segmenter;
  /** Names by label value, which may decide on mirroring. */
  labels: LabelScheme["labels"];
  /** Label values of which only the largest connected part is kept; see `singlePartValues`. @default none */
  singleParts?: readonly number[];
  /** Axes along which windows are mirrored, too, or that the labels decide on them. @default [] */
  mirror?: Mirroring;
  /** Whether the structures' probabilities are kept, four bytes a voxel of the file each. @default false */
  probabilities?: boolean;
}

/** What {@linkcode predictCase} gives. */
export interface CasePrediction {
  /** Label values in the geometry of the case's image file. */
  prediction: LabelVolume;
  /** Likewise the probability of each structure by its value, before any part of it is taken away. */
  probabilities?: ReadonlyMap<number, Volume>;
  /** Voxels of the prepared case over the time that the network and the windows took. */
  voxelsPerSecond: number;
}

/** Predicts a case, and brings the prediction back to the image file's own grid and orientation. */
export async function predictCase(prepared: PreparedCase, options: PredictCaseOptions): Promise<CasePrediction> {
  const { labels, singleParts = [], mirror = [], probabilities: isKept = false } = options;
  const startedAt = performance.now();
  let restorer: LabelRestorer | undefined, restoring = 0;
  const take = (probabilities: Float32Array, classes: number) => {
    const since = performance.now();
    restorer ??= new LabelRestorer(prepared, classes, { probabilities: isKept });
    restorer.add(probabilities);
    restoring += performance.now() - since;
  };
  await predictPlanes(options.segmenter, prepared, { ...options, mirror: mirrorAxes(mirror, labels).axes, take });
  const voxelsPerSecond = voxelCount(prepared.shape) /
    Math.max(1e-3, (performance.now() - startedAt - restoring) / 1000);
  const prediction = restorer!.finish();
  if (singleParts.length > 0) keepLargestParts(prediction.data, prediction.dims, { values: singleParts });
  return { prediction, ...(isKept && { probabilities: restorer!.probabilities() }), voxelsPerSecond };
}

/** Writes a prediction, in a byte a voxel where all labels fit. @throws {UserError} if it cannot be written. */
export async function writeLabels(
  path: string,
  prediction: LabelVolume,
  { labels }: Pick<LabelScheme, "labels">,
): Promise<void> {
  await writeNifti(path, prediction, { datatype: Math.max(...labels.keys()) <= 255 ? "uint8" : "int16" });
}
