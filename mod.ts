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
 * @module
 */
export { EventStream, isUserError, messageOf, type NamedVector, Rng, type Service, UserError } from "./src/core/mod.ts";
export {
  augmentIntensity,
  type CaseReference,
  type Dataset,
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
  type Vec3,
  type Volume,
  writeNifti,
  writePhantomCohort,
} from "./src/data/mod.ts";
export { summariseSites } from "./src/display/mod.ts";
export { type EngineInfo, engines, startEngine, type StartEngineOptions } from "./src/engine/mod.ts";
export {
  Encoder,
  loadWeights,
  parseUNetConfig,
  planPool,
  readLatestCheckpoint,
  readSafetensors,
  readWeights,
  UNet,
  type UNetConfig,
  writeCheckpoint,
  writeSafetensors,
  writeWeights,
} from "./src/model/mod.ts";
export {
  encoderBackbone,
  type Health,
  measureHealth,
  MemoryBank,
  type Objective,
  objectives,
  parsePretrainConfig,
  type PretrainConfig,
  Pretrainer,
  type PretrainerOptions,
  unetBackbone,
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
export { createIdentity, type Identity, loadIdentity, Mesh, type MeshEvent, type MeshOptions } from "./src/mesh/mod.ts";
export {
  AuditLog,
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
