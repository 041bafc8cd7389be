/**
 * How good a fine-tuned network is on the cases that were kept for it: predictions as files, and their scores.
 *
 * @module
 */
import { messageOf, UserError } from "../core/errors.ts";
import { writeAtomically } from "../core/files.ts";
import type { CaseReference, Dataset } from "../data/datasets/dataset.ts";
import type { SegmentationDescription } from "../models/description.ts";
import { diceOf } from "../models/dice.ts";
import type { KeptModel } from "../models/folder.ts";
import { type Done, filesOf, findDone, predictCases } from "../prediction/predict_cases.ts";
import { Predictor } from "../prediction/predictor.ts";
import { scoresToCsv } from "../scoring/csv.ts";
import type { ScoreRow } from "../scoring/row.ts";
import { scoreCase, scoreMetrics } from "../scoring/score_case.ts";
import { SURFACE_TOLERANCE } from "../segmentation/metrics/surface_dice.ts";

/** Options of {@linkcode testModel}. */
export interface TestOptions {
  cases: readonly CaseReference[];
  dataset: Dataset;
  /** Where predictions go, `CASE.nii.gz`; made where it is absent. */
  predictions: string;
  /** Where the scores go, comma-separated. */
  scores: string;
  /** Told of each case that is done, and its mean Dice over the structures. */
  onCase: (id: string, rows: readonly ScoreRow[]) => void;
  /** Ends it between two windows. */
  signal?: AbortSignal;
}

const DOING = "testing the fine-tuned network";

/**
 * Predicts the cases that are not predicted by this model yet, as `predict` does, and scores all, as `score` does.
 *
 * @returns what the model says of it
 * @throws {UserError} if a case cannot be predicted or scored, or a file cannot be written.
 */
export async function testModel(
  model: KeptModel<SegmentationDescription>,
  { cases, dataset, predictions, scores, onCase, signal }: TestOptions,
): Promise<SegmentationDescription["dice"]> {
  if (cases.length === 0) return null;
  await writing(predictions, () => Deno.mkdir(predictions, { recursive: true }));
  const predictor = new Predictor(model);
  const naming = { scheme: dataset, by: dataset.directory }, metrics = scoreMetrics(SURFACE_TOLERANCE);
  const all: ScoreRow[] = [];
  try {
    const done = await doneOf(cases, predictor, predictions);
    const references = new Map(cases.map((reference) => [reference.id, reference]));
    for await (const outcome of predictCases(cases, { predictor, output: predictions, done, signal })) {
      const { id } = outcome;
      if (outcome.state === "failed") throw new UserError(`${DOING}: ${outcome.fault}`, { where: id });
      const pair = {
        case: id,
        reference: references.get(id)!.label!,
        prediction: filesOf(id, predictor, { output: predictions }).labels,
      };
      const { rows } = await scoreCase(pair, { naming, metrics, signal });
      all.push(...rows);
      onCase(id, rows);
    }
  } finally {
    predictor.dispose();
  }
  await writing(scores, () => writeAtomically(scores, scoresToCsv(all)));
  const perCase = Map.groupBy(all, (row) => row.case).values();
  const dice = [...perCase].map((rows) => ({ perClass: Object.fromEntries(rows.map((row) => [row.class, row.dice])) }));
  return diceOf(dice, [...dataset.labels.values()]);
}

/** What is predicted already; predictions of other weights, as an engine without fixed bits may leave, are made again. */
async function doneOf(cases: readonly CaseReference[], predictor: Predictor, output: string): Promise<Done> {
  try {
    return await findDone(cases, predictor, { output });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return await findDone(cases, predictor, { output, again: true });
  }
}

async function writing<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${DOING}: ${messageOf(cause)}; called again, it goes on from there`, { where, cause });
  }
}
