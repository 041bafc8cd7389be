/**
 * Federated contrastive learning (arXiv 2204.10983): momentum keys, feature exchange, global structural matching.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Rng } from "../../core/rng.ts";
import type { Decision } from "../../engine/steps/verdict.ts";
import type { NamedVector } from "../../core/vectors.ts";
import { variableGradients } from "../../model/gradients.ts";
import type { NamedVariables } from "../../model/layers.ts";
import { updateMomentum } from "../../model/momentum.ts";
import { type Backbone, describeMaps } from "../backbone.ts";
import type { PretrainConfig } from "../pretrain_config.ts";
import { embedPatches, joinPatches } from "../embedding.ts";
import type { FeatureSet, RemoteFeatures } from "../../core/features.ts";
import { momentumAt, withMomentum } from "../momentum.ts";
import type { PatchPlace } from "../projection.ts";
import { joinTaps, splitTaps, Tap, type TapKeys } from "../tap.ts";
import type { EmbeddedRows, Objective, ObjectiveOptions, ObjectiveStep, ViewBatch } from "./objective.ts";

/** Makes the objective. */
export function fcl(options: ObjectiveOptions): Objective {
  return new FederatedContrastive(options);
}

/** A step's keys and negatives, drawn; what is left is to make the queries' maps. */
export interface PreparedContrast {
  /** The patches of the queries, one after another: [volumes, depth, height, width, image channels] each. */
  readonly queries: readonly tf.Tensor5D[];
  /** The index of the last map that the loss reads. */
  readonly lastMap: number;
  /** The loss of the queries' maps, a map [queries, depth, height, width, channels] a level; also inside a gradient. */
  loss(maps: readonly tf.Tensor5D[]): tf.Scalar;
  /** As {@linkcode ObjectiveStep.finish}. */
  finish(verdict: Decision): Promise<void>;
}

/** The objective; `local` is made from it, and `joined.ts`, too. */
export class FederatedContrastive implements Objective {
  readonly variables: NamedVariables;
  readonly shared: NamedVariables;
  readonly transferable: NamedVariables;
  /** What makes the queries, and is trained. */
  readonly online: Backbone;
  readonly #config: PretrainConfig;
  readonly #slow: Backbone;
  readonly #slowVariables: NamedVariables;
  readonly #taps: readonly Tap[];
  readonly #partitionCounts: readonly number[];
  /** The index of the last map that a tap reads. */
  readonly #lastMap: number;

  constructor({ config, createBackbone, modelRng }: ObjectiveOptions) {
    this.#config = config;
    this.online = createBackbone(modelRng);
    this.#slow = createBackbone(modelRng);
    const maps = describeMaps(this.online, config.patch);
    this.#taps = config.projections.map((_, index) => new Tap({ config, index, maps, modelRng }));
    this.#partitionCounts = this.#taps.map(({ partitions }) => partitions);
    this.#lastMap = Math.max(...this.#taps.flatMap(({ online }) => online.reads));
    this.variables = new Map(
      [this.online, ...this.#taps.map(({ online }) => online)].flatMap(({ variables }) => [...variables]),
    );
    this.#slowVariables = new Map(
      [this.#slow, ...this.#taps.map(({ slow }) => slow)].flatMap(({ variables }) => [...variables]),
    );
    this.shared = withMomentum(this.variables, this.#slowVariables);
    this.transferable = this.#slow.variables;
    updateMomentum(this.#slowVariables, this.variables, 0);
  }

  step(batch: ViewBatch, options: { rng: Rng; step: number }): ObjectiveStep {
    const { queries, lastMap, loss: lossOf, finish } = this.prepare(batch, options);
    const { value: loss, gradients } = variableGradients(
      () => lossOf(this.online.features(joinPatches(queries), lastMap)), // a map [queries, d, h, w, c] a level
      this.variables,
    );
    return { loss, gradients, finish };
  }

  /** The first half of a step: makes the keys, and draws locations and negatives. */
  prepare({ images, places }: ViewBatch, { rng, step }: { rng: Rng; step: number }): PreparedContrast {
    const { symmetric } = this.#config;
    const keyViews = symmetric ? images.map((_, view) => view) : [images.length - 1];
    const queryViews = symmetric ? keyViews : [0];
    const keyPlaces = keyViews.flatMap((view) => places[view]);
    const queryPlaces = queryViews.flatMap((view) => places[view]);
    const keys = this.#keys(keyViews.map((view) => images[view]), keyPlaces, rng, this.#taps);
    const losses = this.#taps.map((tap, index) => tap.prepareLoss(keys[index], queryPlaces, rng));
    return {
      queries: queryViews.map((view) => images[view]),
      lastMap: this.#lastMap,
      loss: (maps) => tf.addN(losses.map((lossOf) => lossOf(maps))) as tf.Scalar,
      finish: (verdict) => this.#finish(keys, verdict, step),
    };
  }

  /** The momentum network's embeddings: [keys, dimension] a tap, owned by the caller. */
  #keys(images: readonly tf.Tensor5D[], places: readonly PatchPlace[], rng: Rng, taps: readonly Tap[]): TapKeys[] {
    const plans = taps.map(({ slow }) => slow.plan(places, rng));
    const rows = tf.tidy(() => {
      const maps = this.#slow.features(joinPatches(images), this.#lastMap); // a map [patches, depth, height, width, channels] a level
      return taps.map(({ slow }, index) => slow.forward(maps, plans[index])); // [keys, dimension] a tap
    });
    return plans.map((plan, index) => ({ plan, rows: rows[index] }));
  }

  async #finish(keys: readonly TapKeys[], verdict: Decision, step: number): Promise<void> {
    const share = (skipped: number) => momentumAt(step - skipped, this.#config.momentum);
    updateMomentum(this.#slowVariables, this.variables, share, { verdict });
    for (const [index, tap] of this.#taps.entries()) {
      await tap.remember(keys[index]);
      keys[index].rows.dispose();
    }
  }

  embed(images: tf.Tensor5D, places: readonly PatchPlace[], rng: Rng): Promise<EmbeddedRows> {
    const [{ slow: projection }] = this.#taps;
    return embedPatches({ backbone: this.#slow, projection }, images, { places, rng });
  }

  admit(remote: RemoteFeatures, round: number): number {
    const sets = splitTaps(remote, this.#partitionCounts, this.#config.dimension);
    const releases = this.#taps.map(({ bank }, index) => bank.check({ ...remote, ...sets[index] })); // all, before any is kept
    this.#taps.forEach(({ bank }, index) => bank.admit(releases[index], round));
    const kept = releases.reduce((sum, { partitions }) => sum + partitions.length, 0);
    return remote.partitions.length - kept;
  }

  expire(round: number): string[] {
    return [...new Set(this.#taps.flatMap(({ bank }) => bank.expire(round)))];
  }

  async settle(): Promise<void> {
    for (const { bank } of this.#taps) await bank.settle();
  }

  release(count: number, rng: Rng): FeatureSet {
    const each = Math.floor(count / this.#taps.length);
    return joinTaps(this.#taps.map(({ bank }) => bank.release(each, rng)), this.#partitionCounts);
  }

  save(): NamedVector[] {
    return this.#taps.flatMap(({ bank, index }) =>
      bank.save().map((vector) => ({ ...vector, name: `tap${index}/${vector.name}` }))
    );
  }

  load(vectors: readonly NamedVector[]): void {
    for (const { bank, index } of this.#taps) {
      const prefix = `tap${index}/`;
      bank.load(
        vectors.filter(({ name }) => name.startsWith(prefix))
          .map((vector) => ({ ...vector, name: vector.name.slice(prefix.length) })),
      );
    }
  }

  dispose(): void {
    for (const part of [this.online, this.#slow, ...this.#taps]) part.dispose();
  }
}
