/**
 * How long the checkpoints of a finished run are kept: without them nothing more can be made of it, which is refused
 * and not begun from nothing.
 *
 * @module
 */
import { join } from "@std/path";
import { messageOf, UserError } from "../../core/errors.ts";
import { writeAtomically } from "../../core/files.ts";
import { formatCount } from "../../display/formats/count.ts";
import type { PeerConfiguration } from "../configuration.ts";
import type { PeerEventBody } from "../events.ts";
import { BEGIN_ANEW } from "./anew.ts";
import { pretrainingFolder } from "./layout.ts";

const DAY = 24 * 60 * 60 * 1000;

/** Folders of the state in which checkpoints lie, at whatever depth. */
const PARTS = ["checkpoints", "fine-tuning"];

/** Says, where checkpoints lie, that some were deleted; it is moved aside with them to begin anew. */
const deletedFile = (stateDirectory: string) => join(pretrainingFolder(stateDirectory), "deleted.json");

/** What the user is told of it. */
type Told = Extract<PeerEventBody, { type: "note" | "warning" }>;

/**
 * Deletes the checkpoints of a run that has been finished for as long as the settings say. What is its result stays.
 *
 * @param finishedAt milliseconds since the epoch, as is `now`
 */
export async function forgetFinished(
  { stateDirectory, records: { finishedDays } }: Pick<PeerConfiguration, "stateDirectory" | "records">,
  finishedAt: number,
  now: number = Date.now(),
): Promise<Told[]> {
  if (finishedDays === undefined || now - finishedAt < finishedDays * DAY) return [];
  try {
    const files: string[] = [];
    for (const part of PARTS) files.push(...await checkpointsBelow(join(stateDirectory, part)));
    if (files.length === 0) return [];
    await Deno.mkdir(pretrainingFolder(stateDirectory), { recursive: true });
    // first, so that a peer that is killed here does not begin from nothing
    await writeAtomically(
      deletedFile(stateDirectory),
      `${JSON.stringify({ deletedAt: new Date(now).toISOString() })}\n`,
    );
    for (const file of files) await Deno.remove(file);
    const message = `deleted ${formatCount(files.length, "checkpoint")} of the finished run: ` +
      `${formatCount(finishedDays, "day")} (records.finishedDays)`;
    return [{ type: "note", message }];
  } catch (error) {
    return [{ type: "warning", message: `deleting the checkpoints of the finished run: ${messageOf(error)}` }];
  }
}

/** Refuses to go on with a run whose checkpoints were deleted. @throws {UserError} if they were. */
export async function checkUnforgotten(stateDirectory: string): Promise<void> {
  if (!await isForgotten(stateDirectory)) return;
  throw new UserError(
    "going on with a finished run: its checkpoints were deleted (records.finishedDays), so that it can only be begun " +
      `anew, with ${BEGIN_ANEW}`,
    { where: deletedFile(stateDirectory) },
  );
}

/** Whether checkpoints of the run were deleted. */
export async function isForgotten(stateDirectory: string): Promise<boolean> {
  return await Deno.stat(deletedFile(stateDirectory)).then(() => true, () => false);
}

/** All checkpoints below a folder, which need not be there. */
async function checkpointsBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  let entries: Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  for (const { name, isDirectory } of entries) {
    const path = join(folder, name);
    if (isDirectory) found.push(...await checkpointsBelow(path));
    else if (name.endsWith(".safetensors")) found.push(path);
  }
  return found;
}
