/**
 * syncytium: peer-to-peer contrastive pre-training of 3D encoders, with no central server.
 *
 * Each room of `src/` has a `mod.ts` of its own with everything it offers; here is what a program on top needs.
 *
 * @example One site alone: pre-train an encoder on volumes, fine-tune a U-Net from it with one labelled case
 * ```ts
 * import * as syncytium from "./mod.ts";
 *
 * await syncytium.startEngine();
 * const directory = await Deno.makeTempDir();
 * await syncytium.writePhantomCohort(directory, { sites: 1, casesPerSite: 4 });
 * const { cases, labels } = await syncytium.openDataset(directory);
 * const plan = await syncytium.planDataset(cases, { voxelBudget: 32 ** 3 });
 * const prepared = await Promise.all(cases.map((reference) => syncytium.prepareCase(reference, plan, labels)));
 *
 * const patch = [16, 16, 16] as const;
 * const network = syncytium.parseUNetConfig({
 *   classes: labels.size + 1,
 *   baseFilters: 4,
 *   levels: 3,
 *   norm: "instance",
 *   pool: syncytium.planPool(patch, { levels: 3 }),
 * });
 * const config = syncytium.parsePretrainConfig({ patch });
 * const pretrainer = await syncytium.Pretrainer.open({
 *   config,
 *   createBackbone: syncytium.unetBackbone(network, config),
 *   cases: prepared.slice(1),
 *   rng: new syncytium.Rng(1),
 *   modelRng: new syncytium.Rng(2),
 * });
 * for await (const { step, loss } of pretrainer.round({ round: 1, steps: 10 })) console.log(step, loss);
 *
 * const unet = new syncytium.UNet(network, new syncytium.Rng(3));
 * syncytium.loadWeights(unet.variables, await pretrainer.encoderWeights());
 * const labelled = prepared.slice(1, 2);
 * for await (const { step, loss } of syncytium.fineTune({ unet, cases: labelled, steps: 10, patch, rng: new syncytium.Rng(4) })) {
 *   console.log(step, loss);
 * }
 * const { dice } = await syncytium.evaluateCase(prepared[0], cases[0], { segmenter: unet, labels, patch });
 * console.log(dice);
 * ```
 *
 * @example A peer of a consortium
 * ```ts
 * import { readConfiguration, runPeer } from "./mod.ts";
 *
 * const report = await runPeer(await readConfiguration("site.json"), { emit: console.log });
 * console.log(report.dice);
 * ```
 *
 * @example A variant of one's own; `scripts/examples` has one of each kind
 * ```ts
 * import { planOfEdges, topologies } from "./mod.ts";
 *
 * topologies.register({
 *   ...topologies.named("ring"),
 *   name: "hub",
 *   plan: (members) => planOfEdges(members, Array.from({ length: members - 1 }, (_, i) => [0, i + 1, 1 / members])),
 *   period: () => undefined,
 *   partners: (members) => ({ least: Math.min(1, members - 1), most: members - 1 }),
 *   variance: undefined,
 * });
 * console.log(topologies.names);
 * ```
 *
 * @module
 */
export {
  EventStream,
  type FeatureSet,
  isUserError,
  messageOf,
  type NamedVector,
  Registry,
  type RemoteFeatures,
  Rng,
  type Service,
  type Triple,
  UserError,
} from "./src/core/mod.ts";
export {
  augmentIntensity,
  type CaseReference,
  type Dataset,
  type DatasetFormat,
  datasetFormats,
  openDataset,
  type Patch,
  type PeerSplit,
  type Plan,
  planDataset,
  prepareCase,
  type PreparedCase,
  readNifti,
  restoreLabels,
  samplePatch,
  splitSubjects,
  summariseNifti,
  toRas,
  validateDataset,
  type Volume,
  writeNifti,
  writePhantomCohort,
} from "./src/data/mod.ts";
export { summariseSites } from "./src/display/mod.ts";
export {
  type EngineInfo,
  engines,
  type Scalar,
  startEngine,
  type StartEngineOptions,
  type Tensor,
  type Tensor2D,
  type Tensor5D,
} from "./src/engine/mod.ts";
export {
  Encoder,
  loadWeights,
  type NamedVariables,
  parseUNetConfig,
  planPool,
  readLatestCheckpoint,
  readSafetensors,
  readWeights,
  UNet,
  type UNetConfig,
  variableGradients,
  writeCheckpoint,
  writeSafetensors,
  writeWeights,
} from "./src/model/mod.ts";
export {
  type Backbone,
  type CreateBackbone,
  type EmbeddedRows,
  EmbeddingNetwork,
  type EmbeddingNetworkOptions,
  encoderBackbone,
  type HeadKind,
  type Health,
  joinPatches,
  measureHealth,
  MemoryBank,
  type Objective,
  type ObjectiveKind,
  type ObjectiveOptions,
  objectives,
  type ObjectiveSettings,
  type ObjectiveStep,
  type OwnSetting,
  parsePretrainConfig,
  type PatchPlace,
  type PretrainConfig,
  Pretrainer,
  type PretrainerOptions,
  unetBackbone,
  type ViewBatch,
  WithoutExchange,
} from "./src/pretraining/mod.ts";
export {
  evaluateCase,
  type Evaluation,
  fineTune,
  type FineTuneOptions,
  FineTuner,
  type FineTunerOptions,
  measureClasses,
  type Metric,
  metrics,
  predictProbabilities,
  type Segmenter,
} from "./src/segmentation/mod.ts";
export {
  type AggregationRule,
  aggregationRules,
  allocate,
  bodyOf,
  checkInput,
  checkMembers,
  checkRound,
  type Codec,
  type Combined,
  CompressionError,
  type Compressor,
  compressors,
  createIdentity,
  distance,
  type Edge,
  HEADER_BYTES,
  type Identity,
  loadIdentity,
  type MassedVector,
  type MatrixPart,
  MAX_MAGNITUDE,
  Mesh,
  type MeshEvent,
  type MeshOptions,
  type OpenRule,
  type OuterOptimiser,
  outerOptimisers,
  type OuterRates,
  type OuterState,
  planOfEdges,
  type PlanOptions,
  type Received,
  type Refusal,
  type Row,
  type RunPosition,
  topologies,
  type Topology,
  type VarianceOptions,
  type VectorLayout,
} from "./src/mesh/mod.ts";
export {
  AuditLog,
  type Extension,
  loadExtensions,
  type LoadExtensionsOptions,
  parseConfiguration,
  type PeerConfiguration,
  type PeerEvent,
  planMethod,
  readConfiguration,
  renderReport,
  runPeer,
  type RunPeerOptions,
  type RunReport,
  type SiteReport,
  verifyAuditLog,
} from "./src/peer/mod.ts";
