/** Pre-training as its checkpoints left it. */
import type { Pretrainer } from "../pretraining/pretrainer.ts";
import { openPretrainer, requirePretrainer } from "../pretraining/site_pretrainer.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { DeviceLostError } from "../engine/engine.ts";
import type { UNetConfig } from "../model/config.ts";
import type { Checkpoints, Restored } from "./checkpoints.ts";
import type { PeerConfiguration } from "./configuration.ts";

/** What pre-training begins from. */
export interface Resumed extends Restored {
  pretrainer: Pretrainer;
}

/** Pre-training as the latest whole checkpoint left it, or as new where there is none. */
export async function resumePretraining(
  { configuration, network, checkpoints }: {
    configuration: PeerConfiguration;
    network: UNetConfig;
    checkpoints: Checkpoints;
  },
  cases: readonly PreparedCase[],
): Promise<Resumed> {
  const { name: site, seed, data: { ahead }, engine: { recompute }, schedule: { patience }, pretrain: config } =
    configuration;
  const pretrainer = await openPretrainer({ network, config, seed, site, cases, ahead, patience, recompute });
  try {
    return { pretrainer, ...await checkpoints.restore(pretrainer) };
  } catch (error) {
    await pretrainer.dispose();
    throw error;
  }
}

/** What cannot be trained is not prepared. A device that is lost here is replaced when it is needed. */
export async function requireMakeable(network: UNetConfig, { pretrain: config }: PeerConfiguration): Promise<void> {
  try {
    await requirePretrainer({ network, config });
  } catch (error) {
    if (!(error instanceof DeviceLostError)) throw error;
  }
}
