/**
 * Applying kept models: which files are meant, whether they fit, and their predictions as files.
 *
 * @example
 * ```ts
 * import { readSegmentationModel } from "../models/mod.ts";
 * import { startEngine } from "../engine/mod.ts";
 * import { findInputs, Predictor } from "./mod.ts";
 *
 * // voxels that `model` takes for a structure, by file
 * export async function countVoxels(model: string, folder: string): Promise<Map<string, number>> {
 *   await startEngine();
 *   const predictor = new Predictor(await readSegmentationModel(model));
 *   const counts = new Map<string, number>();
 *   for (const reference of (await findInputs(folder, predictor.description.channels)).cases) {
 *     const { prediction } = await predictor.predict(reference);
 *     let count = 0;
 *     for (const value of prediction.data) if (value > 0) count++;
 *     counts.set(reference.id, count);
 *   }
 *   predictor.dispose();
 *   return counts;
 * }
 * ```
 *
 * @module
 */
export { type FaultyInput, findInputs, type Inputs } from "./inputs.ts";
export {
  type CaseOutcome,
  type Done,
  filesOf,
  findDone,
  type OutputOptions,
  predictCases,
  type PredictCasesOptions,
  type PredictionFiles,
  PROBABILITIES,
} from "./predict_cases.ts";
export {
  type AppliedModel,
  applyModel,
  type PredictionChoice,
  type PredictOneOptions,
  Predictor,
  type PredictorOptions,
  requireChannels,
} from "./predictor.ts";
export { type PredictedBy, PredictionRecord, RECORD } from "./record.ts";
export { type CheckedInputs, checkInputs, prepareOutput, type RequirementOptions } from "./requirements.ts";
export { measureStructures, statisticsCsv, type StatisticsOptions, type StructureStatistics } from "./statistics.ts";
