/**
 * What the main thread asks of the training Worker: plain buffers in, plain buffers and progress out.
 *
 * @module
 */
import type { Remark } from "../pretraining/remarks.ts";
import type { FeatureSet, RemoteFeatures } from "../core/features.ts";
import type { Layout, NamedVector } from "../core/vectors.ts";
import type { AuditHead } from "../mesh/anchors/audit_head.ts";
import type { UNetConfig } from "../model/config.ts";
import type { PeerConfiguration } from "./configuration.ts";
import type { CaseCounts, EngineDescription, Method, Phase, RepresentationHealth } from "./events.ts";
import type { CaseDice, Preview } from "./report/schema.ts";
import type { TrainingSettings } from "./state/settings.ts";

/** How far a stage has come; `perSecond` counts steps. */
export interface StageProgress {
  phase: Phase;
  step: number;
  steps: number;
  loss?: number;
  perSecond: number;
  /** The round of the training that the step is of, counted from 1; absent where the stage has no rounds. */
  round?: number;
}

/** What the Worker knows once data, engine and network are there. */
export interface TrainerOpened {
  engine: EngineDescription;
  cases: CaseCounts;
  /** The dataset's label names by value. */
  labels: Record<string, string>;
  /** Names and shapes of everything that is averaged, as one digest; peers with another one refuse each other. */
  layoutDigest: string;
  /** The names of the images' channels, where there are several. */
  channels?: readonly string[];
  /** What the digest is of: the tensors of the vector, in order. */
  layout: Layout;
  /** All weights that are averaged, one after another. */
  vector: Float32Array;
  /** Rounds finished in an earlier life of this peer; 0 for a fresh start. */
  round: number;
  /** Of the outer optimiser, from an earlier life. */
  momentum?: Float32Array;
  /** Where links are one-way: what the site held of all masses in an earlier life. */
  weight?: number;
  /** What went wrong on the way and was mended, for the user to know. */
  warnings: string[];
}

/** What a round of local training leaves. */
export interface RoundResult {
  /** The weights after the round's local steps. */
  vector: Float32Array;
  /** Mean loss of the steps that counted. */
  loss: number;
  /** The features to release to the other sites. */
  release: FeatureSet;
  /** Steps skipped because loss or gradients were not finite. */
  skipped: number;
  /** Other sites' features that were not used, or not all of them. */
  remarks: Remark[];
}

/** What becomes this peer's state at the end of a round. */
export interface Adoption {
  /** The averaged weights. */
  vector: Float32Array;
  /** Of the outer optimiser, for the checkpoint. */
  momentum?: Float32Array;
  /** Where links are one-way: what the site holds of all masses, for the checkpoint. */
  weight?: number;
  /** The optimiser of the member whose weights these are, for a peer that came late; not trusted. */
  optimiser?: Uint8Array;
  /** The audit log's head that is on the disk, for the checkpoint. */
  audit?: AuditHead;
}

/** What adopting weights leaves. */
export interface Adopted {
  /** Null where the site keeps no probe cases. */
  health: RepresentationHealth | null;
  /** This peer's optimiser, for peers that come late. */
  optimiser: Uint8Array;
  /** The outer momentum that came with another's optimiser. */
  momentum?: Float32Array;
  /** What went wrong and will be tried again or was done without. */
  warnings: string[];
}

/** Where a training goes on that was rolled back. */
export type RolledBack = Pick<TrainerOpened, "vector" | "round" | "momentum" | "warnings">;

/** Where a fine-tuning in rounds begins; the digest is of the method, too. */
export type FineTuningOpened = Pick<
  TrainerOpened,
  "layoutDigest" | "layout" | "vector" | "round" | "momentum" | "weight" | "warnings"
>;

/** What a round of fine-tuning leaves. */
export type FineTunedRound = Pick<RoundResult, "vector" | "loss" | "skipped">;

/** Options of {@linkcode TrainerApi.segment}. */
export interface SegmentOptions {
  /** When fine-tuning ends although there are more steps, in milliseconds since the epoch. @default at its end */
  until?: number;
}

/** What fine-tuning and testing one method leaves. */
export interface MethodResult {
  /** Of the steps that were done. */
  losses: number[];
  dice: CaseDice[];
}

/** Weights to be kept. */
export interface KeptWeights {
  /** The whole network that they are of, or of a part of which. */
  network: UNetConfig;
  vectors: NamedVector[];
  /** The version of the tensor library. */
  tfjs: string;
}

/** A fine-tuned network to be kept. */
export interface KeptNetwork extends KeptWeights {
  /** Label values of structures that lie in one piece in all labelled cases. */
  singleParts: number[];
}

/** The Worker's face, as comlink exposes it. */
export interface TrainerApi {
  /**
   * Loads the extensions, starts the engine, prepares the cases, builds the network, and resumes from the latest
   * checkpoint.
   *
   * @param warn told, from then on, of each engine whose device is lost and of what goes on instead.
   * @param onProgress told how many cases are prepared.
   * @param settings what checkpoints are made with and go on under; without, neither is written nor compared.
   */
  open(
    configuration: PeerConfiguration,
    warn: (message: string) => void,
    onProgress?: (progress: StageProgress) => void,
    settings?: TrainingSettings,
  ): Promise<TrainerOpened>;
  /** Trains one round from the weights that are adopted. */
  round(
    round: number,
    remote: RemoteFeatures[],
    onProgress: (progress: StageProgress) => void,
  ): Promise<RoundResult>;
  /**
   * Takes the averaged weights, writes the checkpoint of `round` and measures the representation. A checkpoint that
   * cannot be written is a warning, the third in a row an error; the last one that was stays.
   */
  adopt(round: number, adoption: Adoption): Promise<Adopted>;
  /**
   * Drops the latest checkpoint, with whose weights nothing could be trained, and goes on from the one before, or from
   * the start; undefined where there is none to drop.
   */
  rollBack(): Promise<RolledBack | undefined>;
  /**
   * Opens the fine-tuning of a method in rounds, in the place of another's: as its latest checkpoint left it, or as
   * new.
   */
  openFineTuning(method: Method): Promise<FineTuningOpened>;
  /** Fine-tunes for a round from the weights that are adopted. */
  fineTune(round: number, onProgress: (progress: StageProgress) => void): Promise<FineTunedRound>;
  /**
   * Takes the averaged weights and writes the checkpoint of `round`, as {@linkcode TrainerApi.adopt} does. @returns
   * warnings
   */
  adoptFineTuned(round: number, adoption: Adoption): Promise<string[]>;
  /** Of the fine-tuning that is open, what {@linkcode TrainerApi.rollBack} does of pre-training. */
  rollBackFineTuning(): Promise<RolledBack | undefined>;
  /**
   * Fine-tunes from the pre-trained encoder ("pretrained") or from scratch, unless that was done in rounds, predicts
   * the test cases and scores them.
   */
  segment(
    method: Method,
    onProgress: (progress: StageProgress) => void,
    onDice: (dice: CaseDice) => void,
    options?: SegmentOptions,
  ): Promise<MethodResult>;
  /** What is pre-trained of a network. */
  encoder(): Promise<KeptWeights>;
  /** The network of a method that {@linkcode TrainerApi.segment} has tested, as it predicts. */
  network(method: Method): Promise<KeptNetwork>;
  /** The engine that computes now, with those that were lost before it. */
  engine(): Promise<EngineDescription>;
  /** Slices of test cases with both methods' predictions. */
  previews(): Promise<Preview[]>;
}
