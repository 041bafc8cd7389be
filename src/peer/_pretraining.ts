/** Pre-training and its checkpoints. */
import { join } from "@std/path";
import { unetBackbone } from "../contrastive/backbone.ts";
import { Pretrainer } from "../contrastive/pretrainer.ts";
import { messageOf, UserError } from "../core/errors.ts";
import { Rng } from "../core/rng.ts";
import type { NamedVector } from "../core/vectors.ts";
import type { PreparedCase } from "../data/prepare.ts";
import { readLatestCheckpoint, writeCheckpoint } from "../model/checkpoint.ts";
import type { UNetConfig } from "../model/config.ts";
import { momentumVectors, OUTER_MOMENTUM } from "./_optimiser_state.ts";
import type { PeerConfiguration } from "./configuration.ts";

const STATE = "state/";

/** What pre-training begins from. */
export interface Resumed {
  pretrainer: Pretrainer;
  /** Rounds that are done. */
  round: number;
  /** Of the outer optimiser. */
  momentum?: Float32Array;
  /** Checkpoints that were passed over, in words. */
  damaged: string[];
}

/** Pre-training as the latest whole checkpoint left it, or as new where there is none. */
export async function resumePretraining(
  configuration: PeerConfiguration,
  network: UNetConfig,
  cases: readonly PreparedCase[],
): Promise<Resumed> {
  const { name, seed, data: { ahead }, engine: { recompute }, schedule: { patience }, pretrain: config } =
    configuration;
  const pretrainer = new Pretrainer({
    config,
    createBackbone: unetBackbone(network, { ...config, recompute }),
    cases,
    rng: new Rng(seed).fork(`site/${name}`),
    modelRng: new Rng(seed).fork("model"),
    ahead,
    patience,
  });
  try {
    return { pretrainer, ...await restore(pretrainer, configuration) };
  } catch (error) {
    await pretrainer.dispose();
    throw error;
  }
}

async function restore(pretrainer: Pretrainer, configuration: PeerConfiguration): Promise<Omit<Resumed, "pretrainer">> {
  const checkpoint = await readLatestCheckpoint(checkpointDirectory(configuration));
  if (!checkpoint) return { round: 0, damaged: [] };
  const isState = ({ name }: NamedVector) => name.startsWith(STATE);
  const state = checkpoint.vectors.filter(isState).map((v) => ({ ...v, name: v.name.slice(STATE.length) }));
  try {
    pretrainer.setWeights(checkpoint.vectors.filter((vector) => !isState(vector)));
    pretrainer.setState(state);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UserError(
      `resuming: the checkpoint must come from the same settings; ${messageOf(cause)}; remove it to start afresh`,
      { where: checkpoint.path, cause },
    );
  }
  const { round } = checkpoint.state as { round: number };
  const momentum = state.find(({ name }) => name === OUTER_MOMENTUM)?.data;
  const damaged = checkpoint.damaged.map(({ path, reason }) => `passed over a damaged checkpoint, ${path}: ${reason}`);
  return { round, momentum, damaged };
}

/** What a checkpoint holds. */
export interface PretrainingCheckpoint {
  round: number;
  /** The averaged weights. */
  weights: readonly NamedVector[];
  /** The pre-trainer's state beside them. */
  state: readonly NamedVector[];
  /** Of the outer optimiser. */
  momentum?: Float32Array;
}

/** Writes a checkpoint. @throws {UserError} if it cannot be written; the one before stays. */
export async function checkpointPretraining(
  { round, weights, state, momentum }: PretrainingCheckpoint,
  configuration: PeerConfiguration,
): Promise<void> {
  const beside = [...state, ...momentumVectors(momentum)].map((v) => ({ ...v, name: STATE + v.name }));
  await writeCheckpoint(checkpointDirectory(configuration), { vectors: [...weights, ...beside], state: { round } });
}

/** Where the checkpoints of a peer lie. */
export function checkpointDirectory({ stateDirectory }: PeerConfiguration): string {
  return join(stateDirectory, "checkpoints");
}
