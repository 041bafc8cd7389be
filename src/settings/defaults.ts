/**
 * What holds where a configuration, or a protocol, says nothing; what the demo starts from, too.
 *
 * @module
 */
import type { FineTuneSettings, NetworkSettings, ScheduleSettings } from "./types.ts";

/** Defaults of a network; patch and pooling are planned. */
export type NetworkDefaults = Pick<NetworkSettings, "baseFilters" | "levels" | "norm">;

/** Defaults of a schedule. */
export type ScheduleDefaults = Pick<ScheduleSettings, "rounds" | "stepsPerRound" | "exchanges">;

/** Defaults of fine-tuning; how unlabelled volumes are learnt from has its own beside what it is. */
export type FineTuningDefaults = Omit<FineTuneSettings, "mode" | "baseline" | "unlabelled" | "rounds">;

/** What differs between those who describe the same settings. */
export interface Defaults {
  /** Of the network. */
  readonly network: NetworkDefaults;
  /** Of pre-training's schedule. */
  readonly schedule: ScheduleDefaults;
  /** Of fine-tuning. */
  readonly fineTuning: FineTuningDefaults;
}

/** A peer's own, besides. */
export interface PeerDefaults extends Defaults {
  /** From which everything random is drawn. */
  readonly seed: number;
  /** Labelled cases to fine-tune with. */
  readonly labelled: number;
}

const NETWORK: NetworkDefaults = Object.freeze({ baseFilters: 8, levels: 3, norm: "instance" });

const FINE_TUNING = Object.freeze({
  batch: 2,
  learningRate: 1e-2,
  encoderRate: 0.1,
  warmUpSteps: 0,
  balance: 0.5,
  augmentation: "auto",
  keepLargest: true,
  softLabels: true,
});

/** A peer's: pre-training of a few minutes on two cores, and a fine-tuning that does not end too early. */
export const PEER_DEFAULTS: PeerDefaults = Object.freeze({
  seed: 1,
  labelled: 1,
  network: NETWORK,
  schedule: Object.freeze({ rounds: 14, stepsPerRound: 30, exchanges: 2 }),
  fineTuning: Object.freeze({ ...FINE_TUNING, steps: 600 }),
});

/** A protocol's: an evaluation takes longer. */
export const PROTOCOL_DEFAULTS: Defaults = Object.freeze({
  network: NETWORK,
  schedule: Object.freeze({ rounds: 20, stepsPerRound: 30, exchanges: 2 }),
  fineTuning: Object.freeze({ ...FINE_TUNING, steps: 200 }),
});
