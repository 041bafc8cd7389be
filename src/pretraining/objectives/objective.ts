/**
 * What a self-supervised objective is to the pretrainer.
 *
 * @module
 */
import type { Decision } from "../../engine/steps/verdict.ts";
import type { Scalar, Tensor, Tensor5D } from "../../engine/tensors.ts";
import type { Rng } from "../../core/rng.ts";
import type { NamedVector } from "../../core/vectors.ts";
import type { NamedVariables } from "../../model/layers.ts";
import type { CreateBackbone } from "../backbone.ts";
import type { PretrainConfig } from "../pretrain_config.ts";
import type { FeatureSet, RemoteFeatures } from "../../core/features.ts";
import type { PatchPlace } from "../projection.ts";
import type { ObjectiveSettings } from "./settings.ts";

/** The augmented patches of one step; volume v's views are at index v of every view. */
export interface ViewBatch {
  /** A tensor [volumes, depth, height, width, channels of the images] a view, owned by the pretrainer. */
  readonly images: readonly Tensor5D[];
  /** Where each patch of each view lies. */
  readonly places: readonly (readonly PatchPlace[])[];
}

/** A loss with its gradients, before the optimiser has moved. */
export interface ObjectiveStep {
  /** Owned by the caller. */
  readonly loss: Scalar;
  /**
   * By the names of {@linkcode Objective.variables}; those that the loss does not reach are absent. Owned by the
   * caller.
   */
  readonly gradients: ReadonlyMap<string, Tensor>;
  /** Ends the step and frees what it held; call it exactly once, after the optimiser. */
  finish(verdict: Decision): Promise<void>;
}

/**
 * One way to learn from unlabelled volumes.
 *
 * All weights are averaged among the sites, as in the objectives' federated versions: the network's, every head's
 * (projection, predictor, classifier, reconstruction) and the momentum twins'. Queues and the optimiser's state stay at
 * their site. Features go to other sites only where the settings hold `release`: with FCL, its presets and what it is
 * joined in. Heads are left behind when pre-training ends.
 */
export interface Objective {
  /** What the optimiser moves. */
  readonly variables: NamedVariables;
  /** What the sites average: all of the above, and under "momentum/" what follows it. */
  readonly shared: NamedVariables;
  /** The backbone that a segmentation network starts from, under that network's names. */
  readonly transferable: NamedVariables;
  /** Loss and gradients of one batch. `step` counts the optimiser's moves from 0. */
  step(batch: ViewBatch, options: { rng: Rng; step: number }): ObjectiveStep;
  /**
   * Embeds patches for the measures of health, with the network that makes the keys where there is one.
   *
   * @returns the rows of the first projection, in the patches' order.
   */
  embed(images: Tensor5D, places: readonly PatchPlace[], rng: Rng): Promise<EmbeddedRows>;
  /**
   * Takes another site's features; where none are exchanged, an empty set only.
   *
   * @param round the local round.
   * @returns how many of them are left out, beyond what is kept of a site.
   * @throws {RangeError} if they are malformed.
   */
  admit(remote: RemoteFeatures, round: number): number;
  /** Forgets features that are too old; returns whose they were. */
  expire(round: number): string[];
  /** Brings here what the objective has on a card alone: before its features are released or its state is saved. */
  settle(): Promise<void>;
  /** Up to `count` rows for the other sites; none where the objective exchanges no features. */
  release(count: number, rng: Rng): FeatureSet;
  /** State beside the variables, for a checkpoint. */
  save(): NamedVector[];
  /**
   * Takes up what {@linkcode Objective.save} gave.
   *
   * @throws {RangeError} if the state is not that of this objective.
   */
  load(vectors: readonly NamedVector[]): void;
  /** Frees every variable. */
  dispose(): void;
}

/** Rows with the patch that each comes from. */
export interface EmbeddedRows extends FeatureSet {
  /** [n], index into the patches' `volume`. */
  readonly volumes: Int32Array;
}

/** What an objective is made from. */
export interface ObjectiveOptions {
  /** The settings, checked. */
  config: PretrainConfig;
  /** Makes the network that is pre-trained, and its twin where there is one. */
  createBackbone: CreateBackbone;
  /** Initial weights are a pure function of it: the same on every site. */
  modelRng: Rng;
}

/** An entry of the registry: how an objective is made, and what must be known of it before. */
export interface ObjectiveKind extends ObjectiveSettings {
  /** What configurations call it. */
  readonly name: string;
  /**
   * Makes it, with an engine that has been started. @throws {UserError} if the network or a setting does not suit it.
   */
  create(options: ObjectiveOptions): Objective | Promise<Objective>;
}
