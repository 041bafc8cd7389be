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
 * const dataset = await syncytium.openDataset(directory);
 * const { cases } = dataset;
 * const plan = await syncytium.planDataset(cases, { voxelBudget: 16 ** 3 });
 * const prepared = await Promise.all(cases.map((reference) => syncytium.prepareCase(reference, plan, dataset)));
 *
 * const patch = [8, 8, 8] as const;
 * const network = syncytium.parseUNetConfig({
 *   classes: dataset.labels.size + 1,
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
 * for await (const { step, loss } of pretrainer.round({ round: 1, steps: 5 })) console.log(step, loss);
 *
 * const unet = new syncytium.UNet(network, new syncytium.Rng(3));
 * syncytium.loadWeights(unet.variables, await pretrainer.encoderWeights());
 * const labelled = prepared.slice(1, 2);
 * const rng = new syncytium.Rng(4);
 * for await (const { step, loss } of syncytium.fineTune({ unet, cases: labelled, steps: 5, patch, rng })) {
 *   console.log(step, loss);
 * }
 * const { dice } = await syncytium.evaluateCase(prepared[0], cases[0], { segmenter: unet, scheme: dataset, patch });
 * console.log(dice);
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @example A peer of a consortium
 * ```ts
 * import { loadIdentity, parseConfiguration, runPeer, writePhantomCohort } from "./mod.ts";
 *
 * const directory = await Deno.makeTempDir();
 * await writePhantomCohort(`${directory}/data`, { sites: 1, casesPerSite: 4 });
 * const { peerId } = await loadIdentity(`${directory}/state`); // the others' ids belong on the list, too
 * const settings = {
 *   name: "hospital-a",
 *   stateDirectory: "state",
 *   outputDirectory: "results",
 *   engine: { name: "wasm", threads: 1 },
 *   data: { directory: "data", spacing: [8, 8, 8] },
 *   network: { baseFilters: 2, levels: 2, patch: [8, 8, 8], pool: [[2, 2, 2]] },
 *   schedule: { rounds: 1, stepsPerRound: 2, exchanges: 1 },
 *   pretrain: { negatives: 32, queue: 64, release: 16 },
 *   fineTune: { steps: 2 },
 *   mesh: { consortium: "heart-2026", members: [peerId], listen: ["/ip4/127.0.0.1/tcp/0"], mdns: false },
 * };
 * const configuration = parseConfiguration(settings, "site.json", directory); // readConfiguration reads a file
 * const report = await runPeer(configuration, { emit: ({ type }) => console.log(type) });
 * console.log(report.rounds, report.dice);
 * await Deno.remove(directory, { recursive: true });
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
  type Bytes,
  EventStream,
  type FeatureSet,
  isUserError,
  type Layout,
  type MemoryLimit,
  messageOf,
  type NamedVector,
  readJson,
  readText,
  type ReadTextOptions,
  Registry,
  type RemoteFeatures,
  Rng,
  type RoundFeatures,
  type Service,
  type Triple,
  UserError,
} from "./src/core/mod.ts";
export {
  type Affine,
  augmentations,
  type AugmentationSet,
  augmentIntensity,
  type Axis,
  type CaseReference,
  checkCases,
  type CheckContext,
  type Checked,
  type CheckOptions,
  type Dataset,
  type DatasetFormat,
  datasetFormats,
  type ElasticAugmentation,
  type GeometryAugmentation,
  type IntensityAugmentation,
  type LabelScheme,
  type LabelVolume,
  type NiftiSummary,
  type Occupancy,
  openDataset,
  type Patch,
  type PeerSplit,
  type PhantomCohortOptions,
  type Plan,
  prepareCase,
  type PrepareCaseOptions,
  type PreparedCase,
  type RandomTransformation,
  readNifti,
  type ReadNiftiOptions,
  restoreLabels,
  samplePatch,
  type SamplePatchOptions,
  type SourceGeometry,
  type SplitOptions,
  splitSubjects,
  type StoredForms,
  summariseNifti,
  toRas,
  type Volume,
  type Window,
  type WritableVolume,
  writeNifti,
  type WriteNiftiOptions,
  writePhantomCohort,
  type WrittenDatatype,
} from "./src/data/mod.ts";
export {
  type ClassFigures,
  type MaybeFigure,
  type SiteSummary,
  type Spread,
  summariseSites,
} from "./src/display/mod.ts";
export {
  type AdapterKind,
  adapterKinds,
  type Engine,
  type EngineInfo,
  type EngineName,
  engineNames,
  engines,
  type EngineStartOptions,
  type Scalar,
  startEngine,
  type StartEngineOptions,
  type Tensor,
  type Tensor2D,
  type Tensor5D,
  type Variable,
} from "./src/engine/mod.ts";
export {
  type Checkpoint,
  type CheckpointContents,
  Encoder,
  loadWeights,
  type LoadWeightsOptions,
  type NamedVariables,
  type Normalisation,
  type normalisations,
  parseUNetConfig,
  type ParseUNetConfigOptions,
  planPool,
  readLatestCheckpoint,
  readSafetensors,
  readWeights,
  type RecomputeOptions,
  type Safetensors,
  UNet,
  type UNetConfig,
  variableGradients,
  writeCheckpoint,
  writeSafetensors,
  writeWeights,
} from "./src/model/mod.ts";
export {
  type Backbone,
  type BankSample,
  type CreateBackbone,
  type EmbeddedRows,
  EmbeddingNetwork,
  type EmbeddingNetworkOptions,
  encoderBackbone,
  type HeadKind,
  type Health,
  joinPatches,
  type LabelledEmbeddings,
  type MapShape,
  measureHealth,
  MemoryBank,
  type Objective,
  type ObjectiveKind,
  type ObjectiveOptions,
  objectives,
  type ObjectiveSettings,
  type ObjectiveStep,
  type OwnSetting,
  ownSettings,
  parsePretrainConfig,
  type PatchPlace,
  type PretrainAugmentationConfig,
  type PretrainAugmentationGeometryConfig,
  type PretrainAugmentationIntensityConfig,
  type PretrainConfig,
  Pretrainer,
  type PretrainerOptions,
  type PretrainProjectionsConfig,
  type Remark,
  type RoundOptions,
  type RoundResult,
  type RowLabels,
  type RowPlan,
  type StepProgress,
  unetBackbone,
  type ViewBatch,
  WithoutExchange,
} from "./src/pretraining/mod.ts";
export {
  type Augmentation,
  type Box,
  type ClassMeasures,
  type ClassPair,
  type ClassPairsOptions,
  type ClassScores,
  type DiceCrossEntropyOptions,
  evaluateCase,
  type EvaluateCaseOptions,
  type Evaluation,
  fineTune,
  type FineTuneOptions,
  type FineTuneProgress,
  FineTuner,
  type FineTunerOptions,
  type FineTuneRoundOptions,
  type InferenceOptions,
  type InferenceProgress,
  measureClasses,
  type Metric,
  metrics,
  type Mirroring,
  type Overlap,
  type PredictOptions,
  predictProbabilities,
  type Pull,
  type RateCourseOptions,
  type ScheduleName,
  type schedules,
  type Score,
  type Segmenter,
  type Source,
  type StepPatches,
  type StudentPatch,
  type SurfaceDistances,
  type Teaching,
  type UnlabelledVariant,
  unlabelledVariants,
} from "./src/segmentation/mod.ts";
export {
  type AggregationRule,
  aggregationRules,
  allocate,
  type AnchoredLog,
  type Audit,
  type AuditRecord,
  type Averaging,
  type AveragingEvent,
  type AveragingSettings,
  bodyOf,
  type ChannelHandler,
  type Charter,
  type CharterChain,
  type CharterEvent,
  type CharterFork,
  type CharterKeeper,
  type CharterMark,
  type CharterWatcher,
  checkInput,
  checkMembers,
  checkRound,
  type Codec,
  type Combined,
  CompressionError,
  type Compressor,
  compressors,
  type ConfiguredAddress,
  createIdentity,
  distance,
  type Edge,
  type Exchanged,
  type ExchangeOptions,
  type ExchangeResult,
  type FeatureDigest,
  type FeaturesEvent,
  type Flow,
  type Frame,
  type FrameChannel,
  type FrameKind,
  type Head,
  HEADER_BYTES,
  type Identity,
  type IdentityKey,
  type InitialiseOptions,
  type LateState,
  loadIdentity,
  type MassedVector,
  type MatrixPart,
  MAX_MAGNITUDE,
  type Member,
  type MemberStatus,
  Mesh,
  type MeshEvent,
  type MeshOptions,
  type MixingPlan,
  type MixingPlanOptions,
  type OpenRule,
  type OuterOptimiser,
  outerOptimisers,
  type OuterRates,
  type OuterState,
  type Place,
  type PlaceEvent,
  type PlaceProof,
  planOfEdges,
  type Received,
  type Refusal,
  type Row,
  type RunPosition,
  type Settings,
  type Signature,
  type Snapshot,
  type SplitEvent,
  type State,
  type StepOptions,
  type StepResult,
  topologies,
  type Topology,
  type TrafficKind,
  type UnansweredAddress,
  type UnreachedAddress,
  type UnsignedCharter,
  type VarianceOptions,
  type VectorLayout,
  type Warning,
} from "./src/mesh/mod.ts";
export {
  type Anew,
  type AppliedPolicy,
  type AuditHead,
  type AuditLine,
  AuditLog,
  type AuditLogOptions,
  type AuditOpened,
  type CaseCounts,
  type CaseDice,
  type EngineDescription,
  type Extension,
  type FineTuneRound,
  type FineTuningPart,
  type FineTuningReport,
  loadExtensions,
  type LoadExtensionsOptions,
  type MemberReport,
  type MemberState,
  type Method,
  type MethodScore,
  parseConfiguration,
  type PeerConfiguration,
  type PeerEvent,
  type PeerEventBody,
  type Phase,
  type Preview,
  readConfiguration,
  renderReport,
  type RepresentationHealth,
  type RunInfo,
  runPeer,
  type RunPeerOptions,
  type RunReport,
  type SiteParticipation,
  type SiteReport,
  type SiteRound,
  type SiteSpread,
  verifyAuditLog,
} from "./src/peer/mod.ts";
export {
  type Distribution,
  type Distributions,
  type Extents,
  type Fingerprint,
  fingerprintOf,
  type Grid,
  gridsOf,
  type MethodPlan,
  type MethodPlanOptions,
  type NetworkPlan,
  planDataset,
  planMethod,
  type PlanOptions,
} from "./src/planning/mod.ts";
export type { CommonSettings } from "./src/settings/mod.ts";
export type {
  DataSettings,
  EngineSettings,
  FineTuneSettings,
  FineTuneUnlabelledSettings,
  MeshSettings,
  NetworkSettings,
  PolicySettings,
  ScheduleSettings,
} from "./src/settings/mod.ts";
export type { DataSplitSettings, MeshAveragingSettings, PolicyNoiseSettings } from "./src/settings/mod.ts";
export type { MeshAveragingOuterSettings } from "./src/settings/mod.ts";
