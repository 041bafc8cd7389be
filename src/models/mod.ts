/**
 * Models that are kept: a folder with weights, what they are, and a card for people.
 *
 * @example
 * ```ts
 * import { readModel, writeModel } from "./mod.ts";
 * import { NORMALISATION } from "../data/mod.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const folder = `${directory}/encoder`;
 * const network = { classes: 2, baseFilters: 4, levels: 1, norm: "instance", pool: [] } as const;
 * const cases = { training: 8, labelled: 0, test: 0 };
 * await writeModel(folder, {
 *   kind: "encoder",
 *   site: "north",
 *   dataset: "spleens",
 *   writtenAt: new Date().toISOString(),
 *   network,
 *   patch: [32, 32, 32],
 *   preparation: { orientation: "RAS", spacing: [2, 2, 2], normalisation: NORMALISATION },
 *   channels: ["CT"],
 *   training: { objective: "fcl", rounds: 14, stepsPerRound: 30, cases, members: [] },
 *   versions: { syncytium: "0.1.0", deno: Deno.version.deno, tfjs: "4.22.0" },
 * }, [{ name: "encoder/level0/block0/filter", shape: [1], data: Float32Array.of(1) }]);
 * const { description, vectors } = await readModel(folder);
 * console.log(description.weights.sha256, vectors[0].name);
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */
export { modelCard } from "./card.ts";
export {
  type CommonDescription,
  type EncoderDescription,
  MODEL_FORMAT,
  MODEL_VERSION,
  type ModelDescription,
  type ModelDice,
  type ModelMember,
  type ModelOrigin,
  type ModelTraining,
  parseModelDescription,
  type SegmentationDescription,
} from "./description.ts";
export { diceOf, type TestedCase } from "./dice.ts";
export {
  describeModel,
  type KeptModel,
  MODEL_FILES,
  type ModelFacts,
  readModel,
  readModelDescription,
  readSegmentationModel,
  writeModel,
} from "./folder.ts";
// types of other rooms that this one speaks of
export type { Triple } from "../core/triple.ts";
export type { NamedVector } from "../core/vectors.ts";
export type { Axis } from "../data/augmentation/mirror.ts";
export type { NORMALISATION, NormaliseOptions } from "../data/normalise.ts";
export type { Plan } from "../data/plan.ts";
export type { Normalisation, normalisations, UNetConfig } from "../model/config.ts";
