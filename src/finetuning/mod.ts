/**
 * Fine-tuning kept models and encoders on other labels, on one machine.
 *
 * @example
 * ```ts
 * import { memoryLimit } from "../core/memory_limit.ts";
 * import { startEngine } from "../engine/mod.ts";
 * import { finetune } from "./mod.ts";
 *
 * // Dice of an encoder that is fine-tuned with five cases of a dataset
 * export async function diceOfFive(encoder: string, data: string, out: string): Promise<number | null | undefined> {
 *   const { dice } = await finetune({
 *     ...{ from: encoder, data, out, name: "north", labelled: 5, test: 0.25, seed: 1, memory: memoryLimit() },
 *     startEngine: async () => (await startEngine()).name,
 *     onEvent: console.log,
 *   });
 *   return dice?.mean;
 * }
 * ```
 *
 * @module
 */
export { finetune, type Finetuned, type FinetuneEvent, type FinetuneOptions, OUTPUT } from "./finetune.ts";
export { type CaseSplit, splitCases, type SplitCasesOptions } from "./split.ts";
export { type Start, startFrom } from "./start.ts";
// types of other rooms that this one speaks of
export type { MemoryLimit } from "../core/memory_limit.ts";
export type { NamedVector } from "../core/vectors.ts";
export type { CaseReference, Dataset } from "../data/datasets/dataset.ts";
export type { Plan } from "../data/plan.ts";
export type { UNetConfig } from "../model/config.ts";
export type { ModelOrigin, SegmentationDescription } from "../models/description.ts";
export type { KeptModel } from "../models/folder.ts";
export type { ScoreRow } from "../scoring/row.ts";
export type { FineTuneProgress } from "../segmentation/fine_tuner.ts";
export type { FineTuneSettings } from "../settings/types.ts";
