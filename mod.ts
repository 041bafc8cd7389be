/**
 * syncytium: peer-to-peer contrastive pre-training of 3D encoders, with no central server.
 *
 * Each room of `src/` has a `mod.ts` of its own with everything it offers; here is what a program on top needs.
 *
 * @example A U-Net trained on one labelled volume, and its Dice on another
 * ```ts
 * import * as syncytium from "./mod.ts";
 *
 * await syncytium.startEngine();
 * const directory = await Deno.makeTempDir();
 * await syncytium.writePhantomCohort(directory, { sites: 1, casesPerSite: 2 });
 * const { cases, labels } = await syncytium.openDataset(directory);
 * const plan = await syncytium.planDataset(cases, { voxelBudget: 32 ** 3 });
 * const prepared = await Promise.all(cases.map((reference) => syncytium.prepareCase(reference, plan, labels)));
 *
 * const patch = [16, 16, 16] as const;
 * const pool = syncytium.planPool(patch, { levels: 3 });
 * const network = syncytium.parseUNetConfig({ classes: labels.size + 1, baseFilters: 4, levels: 3, norm: "instance", pool });
 * const unet = new syncytium.UNet(network, new syncytium.Rng(1));
 * const training = { unet, cases: prepared.slice(1), steps: 10, patch, rng: new syncytium.Rng(2) };
 * for await (const { step, loss } of syncytium.fineTune(training)) console.log(step, loss);
 * const { dice } = await syncytium.evaluateCase(prepared[0], cases[0], { segmenter: unet, labels, patch });
 * console.log(dice);
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
  dicePerClass,
  evaluateCase,
  type Evaluation,
  fineTune,
  type FineTuneOptions,
  predictProbabilities,
  type Segmenter,
  summariseSites,
} from "./src/segmentation/mod.ts";
export { createIdentity, type Identity, loadIdentity, Mesh, type MeshEvent, type MeshOptions } from "./src/mesh/mod.ts";
