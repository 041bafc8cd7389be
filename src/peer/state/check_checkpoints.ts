/**
 * Whether the checkpoints in a folder of state are gone on from, by their headers: before anything is prepared.
 *
 * @module
 */
import { readCheckpointStates } from "../../model/checkpoint.ts";
import type { PeerConfiguration } from "../configuration.ts";
import { BEGIN_ANEW, FINE_TUNE_ANEW } from "./anew.ts";
import { type CheckpointState, readCheckpointState } from "./checkpoint_state.ts";
import { fineTuningFolders, ownFineTuningFolder, pretrainingFolder } from "./layout.ts";
import { checkSettings, type Settings, type TrainingSettings } from "./settings.ts";

/**
 * Refuses checkpoints of other settings; the trainer does so again when it comes to them.
 *
 * @returns whether there is a checkpoint of pre-training.
 * @throws {UserError} as `checkSettings` does.
 */
export async function checkCheckpoints(
  { stateDirectory, fineTune: { mode } }: PeerConfiguration,
  settings: TrainingSettings,
): Promise<boolean> {
  const pretraining = await latestState(pretrainingFolder(stateDirectory));
  check(pretraining, settings.pretraining, BEGIN_ANEW);
  for (const method of ["pretrained", "scratch"] as const) {
    const { folder, former } = fineTuningFolders(stateDirectory, method);
    const fineTuning = mode === "federated"
      ? await latestState(folder) ?? await latestState(former)
      : await latestState(ownFineTuningFolder(stateDirectory, method));
    // others are void
    if (fineTuning?.state.after === pretraining?.state.round) check(fineTuning, settings.fineTuning, FINE_TUNE_ANEW);
  }
  return pretraining !== undefined;
}

/** A checkpoint by its header. */
interface Latest {
  state: CheckpointState;
  path: string;
}

/** What the newest checkpoint in `folder` says; undefined where there is none, or it is damaged. */
export async function latestState(folder: string): Promise<Latest | undefined> {
  const [found] = await readCheckpointStates(folder);
  try {
    return found && { state: readCheckpointState(found.state), path: found.path };
  } catch {
    // damaged, as the trainer says when it comes to it
  }
}

function check(found: Latest | undefined, now: Settings, anew: string): void {
  if (found?.state.settings) checkSettings(found.state.settings, now, { path: found.path, anew });
}
