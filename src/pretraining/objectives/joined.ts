/**
 * FCL joined with a pretext task on one network: the contrast learns what a place in the body looks like, the pretext
 * trains the expanding path down to full resolution. The loss is the weighted sum
 *
 *     contrastWeight * L_FCL + pretextWeight * L_pretext
 *
 * Both learn from the queries' patches. Each has a pass of its own, FCL's down to the finest map that its projections
 * read. With a pass that is shared the queries are read off the patches that the pretext shows, masked ones, while the
 * keys are of whole patches (as in masked Siamese networks, arXiv 2204.07141).
 *
 * All is averaged as with FCL, the pretext's head, too. Features leave a site as with FCL; the pretext has none. The
 * momentum network is passed on, its expanding path included.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import type { FeatureSet, RemoteFeatures } from "../../core/features.ts";
import type { Rng } from "../../core/rng.ts";
import type { NamedVector } from "../../core/vectors.ts";
import { variableGradients } from "../../model/gradients.ts";
import type { NamedVariables } from "../../model/layers.ts";
import { describeMaps } from "../backbone.ts";
import { joinPatches } from "../embedding.ts";
import type { PretrainConfig } from "../pretrain_config.ts";
import type { PatchPlace } from "../projection.ts";
import { FederatedContrastive } from "./fcl.ts";
import type { EmbeddedRows, Objective, ObjectiveOptions, ObjectiveStep, ViewBatch } from "./objective.ts";
import type { CreatePretext, Pretext } from "./pretext.ts";

/** FCL and a pretext. */
export class JoinedContrastive implements Objective {
  readonly variables: NamedVariables;
  readonly shared: NamedVariables;
  readonly transferable: NamedVariables;
  readonly #config: PretrainConfig;
  readonly #contrast: FederatedContrastive;
  readonly #pretext: Pretext;

  /** @throws {UserError} if the patch or a setting does not suit the pretext. */
  constructor(options: ObjectiveOptions, createPretext: CreatePretext) {
    const { config, modelRng } = options;
    this.#config = config;
    this.#contrast = new FederatedContrastive(options);
    const { online } = this.#contrast;
    try {
      const maps = describeMaps(online, config.patch);
      this.#pretext = createPretext({ config, maps, channels: online.channels, modelRng });
    } catch (error) {
      this.#contrast.dispose();
      throw error;
    }
    this.variables = new Map([...this.#contrast.variables, ...this.#pretext.variables]);
    this.shared = new Map([...this.variables, ...this.#contrast.shared]);
    this.transferable = this.#contrast.transferable;
  }

  step(batch: ViewBatch, options: { rng: Rng; step: number }): ObjectiveStep {
    const { contrastWeight = 1, pretextWeight = 1, sharedForward = false } = this.#config;
    const { online } = this.#contrast;
    const contrast = this.#contrast.prepare(batch, options);
    const { value: loss, gradients } = variableGradients(() => {
      const queries = joinPatches(contrast.queries); // [queries, depth, height, width, image channels]
      const { shown, loss } = this.#pretext.pose(queries, options.rng.fork("pretext"));
      const maps = online.features(shown); // a map [queries, depth, height, width, channels] a level
      const ofQueries = sharedForward ? maps : online.features(queries, contrast.lastMap);
      return contrast.loss(ofQueries).mul(contrastWeight).add(loss(maps).mul(pretextWeight));
    }, this.variables);
    return { loss, gradients, finish: contrast.finish };
  }

  embed(images: tf.Tensor5D, places: readonly PatchPlace[], rng: Rng): Promise<EmbeddedRows> {
    return this.#contrast.embed(images, places, rng);
  }

  admit(remote: RemoteFeatures, round: number): number {
    return this.#contrast.admit(remote, round);
  }

  expire(round: number): string[] {
    return this.#contrast.expire(round);
  }

  settle(): Promise<void> {
    return this.#contrast.settle();
  }

  release(count: number, rng: Rng): FeatureSet {
    return this.#contrast.release(count, rng);
  }

  save(): NamedVector[] {
    return this.#contrast.save();
  }

  load(vectors: readonly NamedVector[]): void {
    this.#contrast.load(vectors);
  }

  dispose(): void {
    this.#contrast.dispose();
    this.#pretext.dispose();
  }
}
