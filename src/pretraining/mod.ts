/**
 * Federated pre-training without labels. The default objective learns what a place in the body looks like, with the
 * features of other sites as negatives and structural positives (FCL, arXiv 2204.10983); others, contrastive and not,
 * stand beside it in `objectives/`.
 *
 * @example
 * ```ts
 * import { parsePretrainConfig, Pretrainer, unetBackbone } from "./mod.ts";
 * import { Rng } from "../core/rng.ts";
 * import { openDataset, prepareCase, writePhantomCohort } from "../data/mod.ts";
 * import { startEngine } from "../engine/mod.ts";
 *
 * await startEngine();
 * const directory = await Deno.makeTempDir();
 * await writePhantomCohort(directory, { sites: 1, casesPerSite: 5 });
 * const dataset = await openDataset(directory);
 * const prepared = await Promise.all(dataset.cases.map((one) => prepareCase(one, { spacing: [8, 8, 8] }, dataset)));
 * const config = parsePretrainConfig({ patch: [8, 8, 8] });
 * const network = { classes: 4, baseFilters: 4, levels: 3, norm: "instance", pool: [[2, 2, 2], [2, 2, 2]] } as const;
 * const pretrainer = await Pretrainer.open({
 *   config,
 *   createBackbone: unetBackbone(network, config),
 *   cases: prepared.slice(2),
 *   rng: new Rng(1),
 *   modelRng: new Rng(2),
 * });
 * for await (const { step, loss } of pretrainer.round({ round: 1, steps: 5 })) console.log(step, loss);
 * console.log(await pretrainer.health(prepared.slice(0, 2))); // on volumes that no step has seen
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */
export { type Backbone, type CreateBackbone, encoderBackbone, type MapShape, unetBackbone } from "./backbone.ts";
export { parsePretrainConfig } from "./configuration.ts";
export { joinPatches } from "./embedding.ts";
export type * from "./pretrain_config.ts";
export { COLLAPSE, type Health, type LabelledEmbeddings, measureHealth } from "./health.ts";
export { contrastiveLoss, lossMasks, similarityLogits } from "./losses.ts";
export { type BankDraw, type BankSample, MemoryBank } from "./bank/memory_bank.ts";
export { EmbeddingNetwork, type EmbeddingNetworkOptions } from "./objectives/embedding_network.ts";
export { WithoutExchange } from "./objectives/without_exchange.ts";
export type {
  EmbeddedRows,
  Objective,
  ObjectiveKind,
  ObjectiveOptions,
  ObjectiveStep,
  ViewBatch,
} from "./objectives/objective.ts";
export { createObjective, objectives } from "./objectives/registry.ts";
export { type ObjectiveSettings, type OwnSetting, ownSettings } from "./objectives/settings.ts";
export { cellCount, cellOf, neighbours, partitionOf } from "./partitions.ts";
export { Pretrainer, type RoundOptions, type RoundResult, type StepProgress } from "./pretrainer.ts";
export { openPretrainer, type OpenPretrainerOptions } from "./site_pretrainer.ts";
export type { HeadKind } from "./projection_head.ts";
export type { PatchPlace, RowPlan } from "./projection.ts";
export type { PretrainerOptions } from "./pretrainer_options.ts";
export type { Remark } from "./remarks.ts";
export { thinned } from "./thinned.ts";
export type { BankLabels, LossMasks, MaskOptions, RowLabels } from "./losses.ts";
// types of other rooms that this one speaks of
export type { FeatureSet, RemoteFeatures, RoundFeatures } from "../core/features.ts";
export type { Registry } from "../core/registry.ts";
export type { Rng } from "../core/rng.ts";
export type { Triple } from "../core/triple.ts";
export type { NamedVector } from "../core/vectors.ts";
export type { StoredForms } from "../data/nifti/forms.ts";
export type { PreparedCase, SourceGeometry } from "../data/prepare.ts";
export type { Normalisation, UNetConfig } from "../model/config.ts";
export type { NamedVariables } from "../model/layers.ts";
export type { RecomputeOptions } from "../model/recompute.ts";
export type { Scalar, Tensor, Tensor2D, Tensor5D, Variable } from "../engine/tensors.ts";
export type { Affine } from "../data/affine.ts";
export type { Window } from "../data/crop.ts";
