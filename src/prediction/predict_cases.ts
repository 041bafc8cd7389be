/**
 * Many cases, one after another, into a folder: what is done already is passed over, a case at fault does not end it,
 * and no file is ever half written.
 *
 * @module
 */
import { join } from "@std/path";
import { isUserError, messageOf, UserError } from "../core/errors.ts";
import { entryAt, writeAtomically } from "../core/files.ts";
import type { CaseReference } from "../data/datasets/dataset.ts";
import { seriesAt } from "../data/dicom/format.ts";
import { formatOf } from "../data/formats/registry.ts";
import { readLabels } from "../data/labels/read.ts";
import { writeNifti } from "../data/nifti/write.ts";
import { DeviceLostError } from "../engine/engines/engine.ts";
import type { InferenceProgress } from "../segmentation/inference.ts";
import { type CasePrediction, writeLabels } from "../segmentation/predict_case.ts";
import { encodeSegmentation } from "./dicom_segmentation.ts";
import type { AppliedModel, Predictor } from "./predictor.ts";
import { isSame, type PredictedBy, PredictionRecord } from "./record.ts";
import { measureStructures, type StructureStatistics } from "./statistics.ts";

/** Where predictions go, and what of them. */
export interface OutputOptions {
  /**
   * The folder: `CASE.nii.gz`, of a DICOM series `CASE.dcm`, too; probabilities into its folder `probabilities`. It
   * must be there.
   */
  output: string;
  /** Write the structures' probabilities, too. @default false */
  probabilities?: boolean;
  /** Predict again what is done already, or is there from elsewhere. @default false */
  again?: boolean;
}

/** Options of {@linkcode predictCases}. */
export interface PredictCasesOptions extends Omit<OutputOptions, "again"> {
  /** Which predicts. */
  predictor: Predictor;
  /** What is done already, by {@linkcode findDone}. */
  done: Done;
  /** Measure the structures, also of cases that are done already. @default false */
  statistics?: boolean;
  /** Told of each window of a case. */
  onProgress?: (id: string, progress: InferenceProgress) => void;
  /** Ends it after the current window. */
  signal?: AbortSignal;
}

/** What became of a case. */
export type CaseOutcome =
  & { readonly id: string }
  & (
    | { readonly state: "done" | "passed"; readonly seconds: number; readonly statistics: StructureStatistics[] }
    | { readonly state: "failed"; readonly fault: string }
  );

/** The files of a case's prediction. */
export interface PredictionFiles {
  /** Its labels. */
  readonly labels: string;
  /** Its probabilities by label value; none where they are not asked for. */
  readonly probabilities: ReadonlyMap<number, string>;
}

/** The folder of probabilities in that of predictions. */
export const PROBABILITIES = "probabilities";

/** Probabilities are stored as 16-bit integers: to 0.00002. */
const PROBABILITY_SLOPE = 1 / 32767;

/** Where a case's prediction goes. */
export function filesOf(
  id: string,
  { scheme }: Pick<AppliedModel, "scheme">,
  { output, probabilities = false }: OutputOptions,
): PredictionFiles {
  const values = probabilities ? [...scheme.labels.keys()] : [];
  const path = (value: number) => join(output, PROBABILITIES, `${id}_${value}.nii.gz`);
  return {
    labels: join(output, `${id}.nii.gz`),
    probabilities: new Map(values.map((value) => [value, path(value)])),
  };
}

/** Which cases are done already, each as it would be now. */
export interface Done {
  /** Their cases' ids. */
  readonly ids: ReadonlySet<string>;
  /** What is known of the predictions in the folder; later ones are noted in it. */
  readonly record: PredictionRecord;
}

/**
 * Looks at what lies in the folder of predictions.
 *
 * @throws {UserError} if a file is in the way: of another model or choice, or of nobody knows what.
 */
export async function findDone(
  cases: readonly Pick<CaseReference, "id">[],
  applied: AppliedModel,
  options: OutputOptions,
): Promise<Done> {
  const { output, again = false } = options;
  const record = await PredictionRecord.open(output);
  const ids = new Set<string>();
  for (const { id } of again ? [] : cases) {
    const { labels, probabilities } = filesOf(id, applied, options);
    if (!await isThere(labels)) continue;
    const by = record.of(id);
    if (!by || !isSame(by, byOf(applied))) {
      const whose = by ? "it was predicted by another model, or in another way" : "no record says how it was made";
      throw new UserError(
        `predicting: a file is where a prediction would go, and ${whose}; name another folder, or put it aside, or ` +
          "predict it again (--again)",
        { where: labels },
      );
    }
    const isWhole = await Promise.all([...probabilities.values()].map(isThere));
    if (isWhole.every(Boolean)) ids.add(id);
  }
  return { ids, record };
}

function byOf({ description: { weights: { sha256: model } }, choice }: AppliedModel): PredictedBy {
  return { model, ...choice };
}

async function isThere(path: string): Promise<boolean> {
  return await entryAt(path, { follow: false }) !== undefined;
}

/**
 * Predicts, case by case, what is not done.
 *
 * @throws {UserError} if a prediction cannot be written, as on a full disk: later ones could not either.
 * @throws the signal's reason when it is aborted.
 */
export async function* predictCases(
  cases: readonly CaseReference[],
  options: PredictCasesOptions,
): AsyncGenerator<CaseOutcome, void, void> {
  const { done: { ids }, signal } = options;
  for (const reference of cases) {
    signal?.throwIfAborted();
    const startedAt = performance.now();
    const { id } = reference;
    try {
      const statistics = ids.has(id) ? await measured(reference, options) : await predicted(reference, options);
      const seconds = (performance.now() - startedAt) / 1000;
      yield { id, state: ids.has(id) ? "passed" : "done", seconds, statistics };
    } catch (error) {
      signal?.throwIfAborted();
      if (!isOfCase(error)) throw error;
      yield { id, state: "failed", fault: messageOf(error) };
    }
  }
}

/** A prediction cannot be written. */
class OutputError extends UserError {}

/** Whether the next case may go well: files at fault, and volumes for which there is no memory. */
function isOfCase(error: unknown): boolean {
  if (error instanceof OutputError || error instanceof DeviceLostError) return false;
  return isUserError(error) || (error instanceof RangeError && /allocation/i.test(error.message));
}

/** The figures of a case that is done. */
async function measured(
  reference: CaseReference,
  options: PredictCasesOptions,
): Promise<StructureStatistics[]> {
  const { predictor, statistics, signal } = options, { scheme, plan } = predictor;
  if (!statistics) return [];
  const prediction = await readLabels(filesOf(reference.id, predictor, options).labels, scheme, { signal });
  return await measureStructures(reference, prediction, { labels: scheme.labels, plan, signal });
}

async function predicted(
  reference: CaseReference,
  options: PredictCasesOptions,
): Promise<StructureStatistics[]> {
  const { predictor, probabilities, statistics, onProgress, signal } = options;
  const { id } = reference, { scheme: { labels }, plan } = predictor;
  const prediction = await predictor.predict(reference, {
    probabilities,
    signal,
    onProgress: (progress) => onProgress?.(id, progress),
  });
  const figures = statistics ? await measureStructures(reference, prediction.prediction, { labels, plan, signal }) : [];
  const segmentation = await segmentationOf(reference, prediction, predictor);
  try {
    await write(id, prediction, { ...options, segmentation });
  } catch (cause) {
    const { where, cause: reason = cause } = cause instanceof UserError ? cause : { where: options.output };
    const rule = `its predictions must have room and be allowed: ${messageOf(reason)}`;
    throw new OutputError(`predicting: ${rule}; called again, it goes on with the cases that are not done`, {
      where,
      cause,
    });
  }
  return figures;
}

/** The prediction as a DICOM object, where the image is a DICOM series, which no ending of its path tells. */
async function segmentationOf(
  { image }: CaseReference,
  { prediction }: CasePrediction,
  { scheme: { labels }, description: { weights } }: AppliedModel,
): Promise<Uint8Array | undefined> {
  if (formatOf(image)) return undefined;
  const algorithm = `syncytium, model ${weights.sha256.slice(0, 16)}`;
  return encodeSegmentation(prediction, await seriesAt(image), { labels, algorithm });
}

/**
 * The labels come last: a case with labels is whole. An earlier file goes before the record says how the new one is
 * made, so that the record is never of another.
 */
async function write(
  id: string,
  { prediction, probabilities = new Map() }: CasePrediction,
  options: PredictCasesOptions & { segmentation?: Uint8Array },
): Promise<void> {
  const { predictor, output, done: { record }, segmentation } = options;
  const files = filesOf(id, predictor, options);
  if (files.probabilities.size > 0) await Deno.mkdir(join(output, PROBABILITIES), { recursive: true });
  if (await isThere(files.labels)) await Deno.remove(files.labels);
  for (const [value, path] of files.probabilities) {
    await writeNifti(path, probabilities.get(value)!, { datatype: "int16", slope: PROBABILITY_SLOPE });
  }
  if (segmentation) await writeAtomically(join(output, `${id}.dcm`), segmentation);
  await record.note(id, byOf(predictor));
  await writeLabels(files.labels, prediction, predictor.scheme);
}
