/**
 * The scores of one case: its prediction brought to the order of its reference's voxels, and every class measured.
 *
 * @module
 */
import { placeOfPrediction, type PlaceOnImage } from "../data/checks/same_place.ts";
import { readLabels } from "../data/labels/read.ts";
import { assd } from "../segmentation/metrics/assd.ts";
import { dice } from "../segmentation/metrics/dice.ts";
import { hd95 } from "../segmentation/metrics/hd95.ts";
import { iou } from "../segmentation/metrics/iou.ts";
import { measureClasses } from "../segmentation/metrics/measure.ts";
import type { Metric } from "../segmentation/metrics/metric.ts";
import { surfaceDiceAt } from "../segmentation/metrics/surface_dice.ts";
import { volumeDifference } from "../segmentation/metrics/volume_difference.ts";
import type { Pair } from "./match.ts";
import type { Naming } from "./naming.ts";
import { type ScoreField, scoreFields, type ScoreRow } from "./row.ts";

/** What is measured, by the names of the fields; `tolerance` in mm is surface Dice's. */
export function scoreMetrics(tolerance: number): Readonly<Record<ScoreField, Metric>> {
  return { dice, iou, hd95, assd, surfaceDice: surfaceDiceAt(tolerance), volumeDifference };
}

/** Options of {@linkcode scoreCase}. */
export interface ScoreCaseOptions {
  naming: Naming;
  metrics: Readonly<Record<ScoreField, Metric>>;
  /** Gives up reading. */
  signal?: AbortSignal;
}

/** What {@linkcode scoreCase} gives. */
export interface CaseScores {
  /** One a class. */
  readonly rows: ScoreRow[];
  /** How the prediction lies on the reference's grid. */
  readonly place: PlaceOnImage;
}

/**
 * Measures every class of a case, on the reference's grid and with its voxel size.
 *
 * @throws {UserError} if a file cannot be read, holds a value that is no label, or the two have different geometries.
 */
export async function scoreCase(pair: Pair, { naming, metrics, signal }: ScoreCaseOptions): Promise<CaseScores> {
  const told = { doing: "scoring a case", by: naming.by };
  const truth = await readLabels(pair.reference, naming.scheme, { told, signal });
  let place: PlaceOnImage | undefined;
  const placeOf: typeof placeOfPrediction = (...given) => place = placeOfPrediction(...given);
  const prediction = await readLabels(pair.prediction, naming.scheme, { image: truth, placeOf, told, signal });
  const { labels, ignore } = naming.scheme;
  const measured = measureClasses(prediction.data, truth.data, {
    ...{ labels: labels.keys(), ignore, dims: truth.dims, spacing: truth.spacing },
    metrics: Object.values(metrics),
  });
  const rows = [...measured].map(([label, measures]) => {
    const scores = scoreFields.map((field) => [field, measures[metrics[field].name]]);
    return { case: pair.case, class: labels.get(label)!, ...Object.fromEntries(scores) } as ScoreRow;
  });
  return { rows, place: place! };
}
