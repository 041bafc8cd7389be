/**
 * Where the parts of a training lie in the folder of state.
 *
 * @module
 */
import { join } from "@std/path";
import type { Method } from "../events.ts";

/** What says that a run is finished. */
const FINISHED = "finished.json";

/** Folders and files of a training, from the folder of state: what is moved aside to begin anew, in this order. */
export const TRAINING_PARTS = [FINISHED, "checkpoints", "fine-tuning", "history.json", "split.json"] as const;

/** Those of a fine-tuning. */
export const FINE_TUNING_PARTS = [FINISHED, "fine-tuning"] as const;

/** Where it is said that a run is finished. */
export function finishedFile(stateDirectory: string): string {
  return join(stateDirectory, FINISHED);
}

/** The curves of a training, in the folder of results. */
export const CURVES = "curves.csv";

/** Where the checkpoints of pre-training lie. */
export function pretrainingFolder(stateDirectory: string): string {
  return join(stateDirectory, "checkpoints");
}

/** What the methods were called first; folders of that name are gone on from. */
const FORMER: Readonly<Record<Method, string>> = { pretrained: "fcl", scratch: "scratch" };

/** Where the checkpoints of a fine-tuning together with others lie, and where earlier versions put them. */
export function fineTuningFolders(stateDirectory: string, method: Method): { folder: string; former: string } {
  const folder = (name: string) => join(stateDirectory, "fine-tuning", name);
  return { folder: folder(method), former: folder(FORMER[method]) };
}

/** Where the checkpoints of a fine-tuning lie that the site does by itself: they count steps, not rounds. */
export function ownFineTuningFolder(stateDirectory: string, method: Method): string {
  return join(stateDirectory, "fine-tuning", "own", method);
}

/** Where the split that a training was begun with lies. */
export function splitFile(stateDirectory: string): string {
  return join(stateDirectory, "split.json");
}

/** Where the plan lies that sites have made together; it stays where a training is begun anew, since theirs does. */
export function planFile(stateDirectory: string): string {
  return join(stateDirectory, "plan.json");
}
