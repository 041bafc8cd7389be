/**
 * What the trainings of one run share, and what one training is.
 *
 * @module
 */
import type * as Comlink from "comlink";
import type { Mesh } from "../mesh/mesh.ts";
import type { AuditLog } from "./audit/audit_log.ts";
import type { SharedWeights } from "./_shared_weights.ts";
import type { Budget, DoneRounds } from "./budget.ts";
import type { PeerConfiguration } from "./configuration.ts";
import type { Method, PeerEventBody } from "./events.ts";
import type { ReleasePolicy } from "./policy/release_policy.ts";
import type { UpdatePolicy } from "./policy/update_policy.ts";
import type { RoundName } from "./history.ts";
import type { FineTuneRound, SiteRound } from "./report/schema.ts";
import type { Adopted, Adoption, RolledBack, RoundResult, StageProgress, TrainerApi } from "./trainer_api.ts";

/** Figures of a site that go with its heads. */
export interface HeadMetrics {
  [name: string]: number;
  /** Its labelled cases: without any it waits for others. */
  labelled: number;
}

/** What the stages of one run share. */
export interface Run {
  configuration: PeerConfiguration;
  emit: (event: PeerEventBody) => void;
  signal?: AbortSignal;
  trainer: Comlink.Remote<TrainerApi>;
  mesh: Mesh;
  policy: ReleasePolicy;
  /** On what training adds to the weights. */
  updates: UpdatePolicy;
  audit: Pick<AuditLog, "anchor">;
  onProgress: (progress: StageProgress) => void;
  /** Rounds of all trainings that are done together. */
  total: number;
  /** Figures of this site that go with its heads. */
  metrics?: HeadMetrics;
  /** The rounds of pre-training of this life, as the report has them. */
  rounds: SiteRound[];
  /** Those of fine-tuning. */
  fineTuneRounds: FineTuneRound[];
  /** How long it trains at most; absent: to its end. */
  budget?: Budget;
  /** What was cut, since its time was over: "pre-training after round 5 of 14". */
  cut: string[];
  /** Who was averaged with in a round of this or an earlier life. */
  partnersOf: (round: number, method?: Method) => readonly string[];
  /** Leaves rounds of a training after `round` out of the report. @returns who was averaged with in them. */
  undoRounds: (round: number, method?: Method) => string[];
  /** Rounds of pre-training of all lives. */
  pretrained: () => DoneRounds;
  /** Puts the history on the disk. @param untold its last round, where that was not told of yet */
  saveHistory: (untold?: RoundName) => Promise<void>;
}

/** Says that the time for something is over, and that it is cut, now and in the report. */
export function cutShort({ cut, emit }: Run, what: string): void {
  cut.push(what);
  emit({ type: "note", message: `the time is over: ends ${what}, keeps what is trained, and goes on` });
}

/** What training has made in a round. */
export type Trained = Omit<RoundResult, "release"> & Partial<Pick<RoundResult, "release">>;

/** One training of the run. */
export interface Training {
  /** What is fine-tuned; undefined: pre-training. */
  method?: Method;
  /** Rounds of the run before its first. */
  before: number;
  /** Its own; all of the following count from 1 in it. */
  rounds: number;
  /** Those that an earlier life has done. */
  done: number;
  layoutDigest: string;
  /** Of the averaged vector. */
  values: number;
  /**
   * Rounds of the others' after which this site joins them, from what they have come to; from then on it never trains
   * what they have left behind. @default it begins with them
   */
  joinsAfter?: number;
  weights: SharedWeights;
  /** Whether there is time for another round; the first is always done. @default there is */
  hasTime?: () => boolean;
  train(round: number): Promise<Trained>;
  /** See {@linkcode TrainerApi.rollBack}. */
  rollBack(): Promise<RolledBack | undefined>;
  adopt(round: number, adoption: Adoption): Promise<Omit<Adopted, "optimiser"> & Partial<Pick<Adopted, "optimiser">>>;
}

/** What a training is called. */
export function nameOf({ method }: Pick<Training, "method">): string {
  return method ? `fine-tuning (${method})` : "pre-training";
}
