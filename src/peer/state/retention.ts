/**
 * How long what `--begin-anew` set aside is kept: checkpoints and predictions of earlier trainings go when the settings
 * say so, all else of them (models, reports, curves, splits) stays, and so does what belongs to the site.
 *
 * @module
 */
import { join } from "@std/path";
import { messageOf } from "../../core/errors.ts";
import { formatCount } from "../../display/formats/count.ts";
import type { PeerConfiguration } from "../configuration.ts";
import type { PeerEventBody } from "../events.ts";
import { isEarlier } from "./anew.ts";

type Told = Extract<PeerEventBody, { type: "note" | "warning" }>;

/** What takes room of an earlier training, and serves for nothing but going on with it or looking at it. */
const DELETED = ["checkpoints", "fine-tuning", "predictions"];

const DAY = 24 * 60 * 60 * 1000;

/** An earlier training's folder in state or results. */
export interface Earlier {
  path: string;
  /** When it was set aside, milliseconds since the epoch. */
  time: number;
}

/** What the settings say of earlier trainings. */
export type Keeping = Pick<PeerConfiguration["records"], "earlierRuns" | "earlierDays">;

/** Those of `earlier` that neither number nor age keeps; none where the settings say nothing. */
export function outdated(earlier: readonly Earlier[], { earlierRuns, earlierDays }: Keeping, now: number): Earlier[] {
  if (earlierRuns === undefined && earlierDays === undefined) return [];
  const newestFirst = earlier.toSorted((one, other) => other.time - one.time);
  return newestFirst.filter(({ time }, i) =>
    i >= (earlierRuns ?? 0) && (earlierDays === undefined || now - time > earlierDays * DAY)
  );
}

/**
 * Deletes checkpoints and predictions of earlier trainings that the settings do not keep. The folders must be held.
 *
 * @param now milliseconds since the epoch
 * @returns what was deleted, and what could not be.
 */
export async function forgetEarlier(
  { stateDirectory, outputDirectory, records }: Pick<
    PeerConfiguration,
    "stateDirectory" | "outputDirectory" | "records"
  >,
  now: number = Date.now(),
): Promise<Told[]> {
  const told: Told[] = [];
  for (const directory of new Set([stateDirectory, outputDirectory])) {
    try {
      for (const { path } of outdated(await earlierIn(directory), records, now)) {
        const deleted = await removeParts(path);
        const message = `deleted ${deleted.join(", ")} of the earlier training in ${path}: ${ruleOf(records)}`;
        told.push({ type: "note", message });
      }
    } catch (error) {
      told.push({ type: "warning", message: `deleting earlier trainings in ${directory}: ${messageOf(error)}` });
    }
  }
  return told;
}

function ruleOf({ earlierRuns, earlierDays }: Keeping): string {
  const kept = [
    ...(earlierRuns === undefined ? [] : [`the latest ${earlierRuns} are kept (records.earlierRuns)`]),
    ...(earlierDays === undefined ? [] : [`${formatCount(earlierDays, "day")} (records.earlierDays)`]),
  ];
  return kept.join(", ");
}

/** The folders of earlier trainings that still have something to delete. */
async function earlierIn(directory: string): Promise<Earlier[]> {
  const found: Earlier[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    if (!isDirectory || !isEarlier(name)) continue;
    const path = join(directory, name);
    if ((await partsOf(path)).length === 0) continue;
    const { mtime } = await Deno.stat(path);
    // a file system without times keeps for ever
    found.push({ path, time: mtime?.getTime() ?? Infinity });
  }
  return found;
}

async function partsOf(path: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(path));
  return DELETED.filter((part) => entries.some(({ name, isDirectory }) => isDirectory && name === part));
}

async function removeParts(path: string): Promise<string[]> {
  const parts = await partsOf(path);
  for (const part of parts) await Deno.remove(join(path, part), { recursive: true });
  return parts;
}
