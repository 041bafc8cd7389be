/**
 * One case from prepared image to a prediction file and its Dice, on the files' own grid.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";
import { mirrorAxes, type Mirroring } from "../data/augmentation/mirror.ts";
import type { CaseReference, LabelScheme } from "../data/datasets/dataset.ts";
import { keepLargestParts } from "../data/labels/largest_parts.ts";
import { readLabels } from "../data/labels/read.ts";
import { writeNifti } from "../data/nifti/write.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { voxelCount } from "../data/volume.ts";
import { LabelRestorer, type LabelVolume } from "../data/restore.ts";
import { type PredictOptions, predictPlanes, type Segmenter } from "./inference.ts";
import { type ClassMeasures, measureClasses } from "./metrics/measure.ts";
import type { ClassScores } from "./metrics/score.ts";

/** Options of {@linkcode evaluateCase}. */
export interface EvaluateCaseOptions extends Omit<PredictOptions, "mirror"> {
  /** The network that is tested. */
  segmenter: Segmenter;
  /** The dataset, which says what label values mean. */
  scheme: LabelScheme;
  /** Label values of which only the largest connected part is kept; see `singlePartValues`. @default none */
  singleParts?: readonly number[];
  /** Axes along which windows are mirrored, too, or that the labels decide on them. @default [] */
  mirror?: Mirroring;
  /** Where the prediction is written (.nii or .nii.gz). @default nowhere */
  output?: string;
  /**
   * Voxel size of the image file along its stored axes, mm, by which distances are measured; see `plannedSpacing`.
   * @default unknown: no distances
   */
  spacing?: Triple;
}

/** What {@linkcode evaluateCase} gives. */
export interface Evaluation {
  /** Label values in the geometry of the case's image file. */
  prediction: LabelVolume;
  /** Dice by label name; undefined where the case has no label file. */
  dice?: ClassScores;
  /** Dice and distances by label name, likewise. */
  measures?: Record<string, ClassMeasures>;
  /** Voxels of the prepared case over the time that the network and the windows took. */
  voxelsPerSecond: number;
}

/**
 * Predicts a case, brings the prediction back to the image file's own grid and orientation, writes it, and compares it
 * there with the label file's own voxels, so that nothing is lost or won by resampling the truth.
 *
 * @throws {UserError} if the label file cannot be read or the prediction cannot be written.
 */
export async function evaluateCase(
  prepared: PreparedCase,
  reference: CaseReference,
  options: EvaluateCaseOptions,
): Promise<Evaluation> {
  const { segmenter, scheme, output, spacing = null, singleParts = [], mirror = [], signal } = options;
  const { labels, ignore } = scheme;
  const startedAt = performance.now();
  let restorer: LabelRestorer | undefined, restoring = 0;
  const take = (probabilities: Float32Array, classes: number) => {
    const since = performance.now();
    restorer ??= new LabelRestorer(prepared, classes);
    restorer.add(probabilities);
    restoring += performance.now() - since;
  };
  await predictPlanes(segmenter, prepared, { ...options, mirror: mirrorAxes(mirror, labels).axes, take });
  const voxelsPerSecond = voxelCount(prepared.shape) /
    Math.max(1e-3, (performance.now() - startedAt - restoring) / 1000);
  const prediction = restorer!.finish();
  if (singleParts.length > 0) keepLargestParts(prediction.data, prediction.dims, { values: singleParts });
  if (output !== undefined) {
    await writeNifti(output, prediction, { datatype: Math.max(...labels.keys()) <= 255 ? "uint8" : "int16" });
  }
  if (reference.label === undefined) return { prediction, voxelsPerSecond };
  const truth = await readLabels(reference.label, scheme, { image: prediction, signal });
  const { dims } = prediction;
  const byLabel = measureClasses(prediction.data, truth.data, { labels: labels.keys(), ignore, dims, spacing });
  const named = [...byLabel].map(([value, measures]) => [labels.get(value) ?? String(value), measures] as const);
  return {
    prediction,
    voxelsPerSecond,
    dice: Object.fromEntries(named.map(([name, { dice }]) => [name, dice])),
    measures: Object.fromEntries(named),
  };
}
