/**
 * What a measuring process is told and what it answers, as plain data.
 *
 * @module
 */
import type { Triple } from "../../core/triple.ts";
import type { Plan } from "../../data/plan.ts";
import type { UNetConfig } from "../../model/config.ts";
import type { MeasuredFineTuning, MeasuredTraining } from "../../planning/measuring/measure_training.ts";
import type { PretrainConfig } from "../../pretraining/pretrain_config.ts";
import type { EngineFlags } from "../flags/engine.ts";

/** What a site would do, and with what. */
export interface MeasureTask {
  /** The data set's folder. */
  readonly data: string;
  /** Modules that register variants: URLs. */
  readonly extensions: readonly string[];
  /** What is computed with. */
  readonly engine: EngineFlags;
  /** How volumes are prepared. */
  readonly plan: Plan;
  /** The network that is trained. */
  readonly network: Omit<UNetConfig, "classes">;
  /** Voxels along z, y, x. */
  readonly patch: Triple;
  /** By the method's name, what each pre-trains with. */
  readonly pretrain: Readonly<Record<string, PretrainConfig>>;
  /** By a name, what is fine-tuned with. */
  readonly fineTune: Readonly<Record<string, MeasuredFineTuning>>;
  /** Ids of volumes to do it with. */
  readonly training: readonly string[];
  /** The id of one with labels, where there is fine-tuning. */
  readonly labelled?: string;
  /** Whether test cases' distances are measured, too. */
  readonly distances: boolean;
  /** How long each kind of training is measured. */
  readonly seconds: number;
  /** Batches prepared ahead. */
  readonly ahead: number;
  /** Whether activations are computed again. */
  readonly recompute: boolean;
}

/** What was measured, in seconds. */
export interface Measured extends MeasuredTraining {
  /** From the process's beginning until the engine and the data set were open. */
  readonly start: number;
  /** Preparing a volume. */
  readonly prepare: number;
  /** The engine's name and what it runs on. */
  readonly engine: string;
}

/** The line that a measuring process prints. */
export type Answer =
  | { readonly kind: "measured"; readonly measured: Measured }
  | { readonly kind: "mistake"; readonly message: string };
