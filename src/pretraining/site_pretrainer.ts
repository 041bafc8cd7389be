/**
 * A site's pre-trainer on the encoder of a U-Net: the same weights at all sites of a seed, and what the site draws its
 * own. Peers and evaluations open it here, so that the same seed and site come to the same in both.
 *
 * @module
 */
import { Rng } from "../core/rng.ts";
import type { UNetConfig } from "../model/config.ts";
import { unetBackbone } from "./backbone.ts";
import { createObjective } from "./objectives/registry.ts";
import type { PretrainConfig } from "./pretrain_config.ts";
import { Pretrainer } from "./pretrainer.ts";
import type { PretrainerOptions } from "./pretrainer_options.ts";

/** Options of {@linkcode openPretrainer}. */
export interface OpenPretrainerOptions extends Pick<PretrainerOptions, "cases" | "ahead" | "patience"> {
  /** Whose backbone is pre-trained. */
  network: UNetConfig;
  /** The settings, checked. */
  config: PretrainConfig;
  /** Of the initial weights, the same at all sites, and of what the site draws. */
  seed: number;
  /** Its name. */
  site: string;
  /** Whether the forward pass is computed again on the way back, for less memory. @default false */
  recompute?: boolean;
}

/**
 * Whether the settings make a pre-trainer, found out on the current engine before any volume is loaded.
 *
 * @throws {UserError} that names the setting that does not fit the network.
 */
export async function requirePretrainer(
  { network, config }: Pick<OpenPretrainerOptions, "network" | "config">,
): Promise<void> {
  const createBackbone = unetBackbone(network, config);
  (await createObjective({ config, createBackbone, modelRng: new Rng(0) })).dispose();
}

/** A new pre-trainer on the current engine. @throws as {@linkcode Pretrainer.open}. */
export function openPretrainer(options: OpenPretrainerOptions): Promise<Pretrainer> {
  const { network, config, seed, site, cases, ahead, patience, recompute } = options;
  return Pretrainer.open({
    ...{ config, cases, ahead, patience },
    createBackbone: unetBackbone(network, { ...config, recompute }),
    rng: new Rng(seed).fork(`site/${site}`),
    modelRng: new Rng(seed).fork("model"),
  });
}
