/**
 * One case from prepared image to a prediction file and its Dice, on the files' own grid.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";
import type { CaseReference, LabelScheme } from "../data/datasets/dataset.ts";
import { readLabels } from "../data/labels/read.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { type ClassMeasures, measureClasses } from "./metrics/measure.ts";
import type { ClassScores } from "./metrics/score.ts";
import { type CasePrediction, predictCase, type PredictCaseOptions, writeLabels } from "./predict_case.ts";

/** Options of {@linkcode evaluateCase}. */
export interface EvaluateCaseOptions extends Omit<PredictCaseOptions, "labels" | "probabilities"> {
  /** The dataset, which says what label values mean. */
  scheme: LabelScheme;
  /** Where the prediction is written (.nii or .nii.gz). @default nowhere */
  output?: string;
  /**
   * Voxel size of the image file along its stored axes, mm, by which distances are measured; see `plannedSpacing`.
   * @default unknown: no distances
   */
  spacing?: Triple;
}

/** What {@linkcode evaluateCase} gives. */
export interface Evaluation extends Pick<CasePrediction, "prediction" | "voxelsPerSecond"> {
  /** Dice by label name; undefined where the case has no label file. */
  dice?: ClassScores;
  /** Dice and distances by label name, likewise. */
  measures?: Record<string, ClassMeasures>;
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
  const { scheme, output, spacing = null, signal } = options;
  const { labels, ignore } = scheme;
  const { prediction, voxelsPerSecond } = await predictCase(prepared, { ...options, labels });
  if (output !== undefined) await writeLabels(output, prediction, scheme);
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
