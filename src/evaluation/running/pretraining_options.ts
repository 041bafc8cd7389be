/**
 * What the sites pre-train with, and what is known after each of their rounds.
 *
 * @module
 */
import type { UNetConfig } from "../../model/config.ts";
import type { NetworkPlan } from "../../planning/network.ts";
import type { Method } from "../protocol/protocol.ts";

/** What the sites' trainings are opened with. */
export interface SitesTrainingOptions {
  /** What the sites train by. */
  method: Method;
  /** Whose backbone is pre-trained. */
  network: UNetConfig;
  /** Voxels along z, y, x. */
  patch: NetworkPlan["patch"];
  /** Of everything random. */
  seed: number;
  /** Made where it is absent. For the sites' privacy accounts, and for what a killed run goes on from. */
  directory: string;
}

/** After each round. */
export interface PretrainingRound {
  /** From 1. */
  round: number;
  /** Of the whole pre-training. */
  rounds: number;
  /** Mean over the sites; NaN where all steps were skipped. */
  loss: number;
  /** Of the sites' weights after averaging. */
  consensus: number;
}
