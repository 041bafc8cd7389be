/**
 * Federated contrastive pre-training: learning what a place in the body looks like from volumes without labels, with the
 * features of other sites as negatives and structural positives (FCL, arXiv 2204.10983).
 *
 * @example
 * ```ts
 * import { encoderBackbone, parsePretrainConfig, Pretrainer } from "./src/contrastive/mod.ts";
 * import { Rng } from "./src/core/rng.ts";
 *
 * await startEngine();
 * const pretrainer = new Pretrainer({
 *   config: parsePretrainConfig({ patch: [16, 16, 16], volumes: 2 }),
 *   createBackbone: encoderBackbone({ classes: 2, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] }),
 *   cases, // PreparedCase[], see src/data
 *   rng: new Rng(1),
 *   modelRng: new Rng(2),
 * });
 * for await (const { step, loss } of pretrainer.round({ round: 1, steps: 2 })) console.log(step, loss);
 * console.log(await pretrainer.health(probes)); // volumes that are not among `cases`
 * ```
 *
 * @module
 */
export { type Backbone, type CreateBackbone, encoderBackbone, unetBackbone } from "./backbone.ts";
export { parsePretrainConfig, type PretrainConfig } from "./configuration.ts";
export { DivergedError } from "./_divergence.ts";
export { COLLAPSE, type Health, type LabelledEmbeddings, measureHealth } from "./health.ts";
export { contrastiveLoss, lossMasks, similarityLogits } from "./losses.ts";
export { type FeatureSet, MemoryBank, type RemoteFeatures } from "./memory_bank.ts";
export type { CreateObjective, Objective, ObjectiveOptions, ObjectiveStep, ViewBatch } from "./objectives/objective.ts";
export { createObjective, objectives } from "./objectives/registry.ts";
export { cellCount, cellOf, type Grid, neighbours, partitionOf } from "./partitions.ts";
export {
  Pretrainer,
  type PretrainerOptions,
  type RoundOptions,
  type RoundResult,
  type StepProgress,
} from "./pretrainer.ts";
