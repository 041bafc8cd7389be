/**
 * A whole peer's trainer, which writes checkpoints and measures its representation, as a site of a consortium.
 *
 * @module
 */
import type { Trainer } from "../../peer/trainer.ts";
import type { Adopted } from "../../peer/trainer_api.ts";
import type { RemoteFeatures } from "../../core/features.ts";
import type { SiteRound, SiteTraining } from "../consortium.ts";

/** Rounds of pre-training of an opened trainer. */
export class TrainerRounds implements SiteTraining {
  readonly #trainer: Pick<Trainer, "round" | "adopt">;
  /** Of the weights that were adopted last; null where there are no probes. */
  health: Adopted["health"] = null;

  /** Of a trainer that is open; it stays the caller's. */
  constructor(trainer: Pick<Trainer, "round" | "adopt">) {
    this.#trainer = trainer;
  }

  /** See {@linkcode SiteTraining}. */
  async train(round: number, remote: readonly RemoteFeatures[]): Promise<SiteRound> {
    return await this.#trainer.round(round, [...remote], () => {});
  }

  /** See {@linkcode SiteTraining}. */
  async adopt(round: number, vector: Float32Array): Promise<void> {
    this.health = (await this.#trainer.adopt(round, { vector })).health;
  }
}
