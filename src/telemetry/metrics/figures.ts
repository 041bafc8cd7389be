/**
 * What of a peer's metrics comes from its process and its disk, read when somebody asks.
 *
 * @module
 */
import { join } from "@std/path";
import { statfs } from "node:fs/promises";
import process from "node:process";
import type { Method } from "../../peer/events.ts";
import { fineTuningFolders, ownFineTuningFolder, pretrainingFolder } from "../../peer/state/layout.ts";
import type { TrainingName } from "../training_names.ts";

/** Of the whole process, Workers included. */
export interface ProcessFigures {
  /** Memory that is resident. */
  residentBytes: number;
  /** Processor time, of user and system. */
  cpuSeconds: number;
  /** When it began, seconds since the epoch. */
  startSeconds: number;
}

/** Checkpoints of one training. */
export interface CheckpointFigures {
  /** How many there are. */
  files: number;
  bytes: number;
  /** When the newest was written, seconds since the epoch. */
  newestSeconds: number;
}

/** What lies on the disk. */
export interface DiskFigures {
  /** Of those trainings that have some. */
  checkpoints: ReadonlyMap<TrainingName, CheckpointFigures>;
  /** Free where the folder of state lies; undefined where the system, or a missing permission, does not tell. */
  freeBytes?: number;
}

/** Those of this process. */
export function processFigures(): ProcessFigures {
  const { user, system } = process.cpuUsage();
  return {
    residentBytes: Deno.memoryUsage().rss,
    cpuSeconds: (user + system) / 1e6,
    startSeconds: performance.timeOrigin / 1000,
  };
}

/** Those of a peer's folder of state. Never throws: what cannot be read is left out. */
export async function diskFigures(stateDirectory: string): Promise<DiskFigures> {
  // a site fine-tunes together with others or by itself, and has checkpoints of one kind
  const ofMethod = (method: Method) => [
    fineTuningFolders(stateDirectory, method).folder,
    ownFineTuningFolder(stateDirectory, method),
  ];
  const folders: readonly (readonly [TrainingName, readonly string[]])[] = [
    ["pretraining", [pretrainingFolder(stateDirectory)]],
    ["pretrained", ofMethod("pretrained")],
    ["scratch", ofMethod("scratch")],
  ];
  const found = await Promise.all(folders.map(async ([name, [...ways]]) => {
    const figures = await Promise.all(ways.map(checkpointsIn));
    return [name, figures.find((one) => one !== undefined)] as const;
  }));
  return {
    checkpoints: new Map(found.flatMap(([name, figures]) => figures ? [[name, figures]] : [])),
    ...await freeAt(stateDirectory),
  };
}

async function checkpointsIn(folder: string): Promise<CheckpointFigures | undefined> {
  try {
    const files: Deno.FileInfo[] = [];
    for await (const { name } of Deno.readDir(folder)) {
      if (name.endsWith(".safetensors")) files.push(await Deno.stat(join(folder, name)));
    }
    if (files.length === 0) return undefined;
    return {
      files: files.length,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      newestSeconds: Math.max(...files.map(({ mtime }) => (mtime?.getTime() ?? NaN) / 1000)),
    };
  } catch {
    return undefined; // none yet, or one was pruned in this moment
  }
}

async function freeAt(directory: string): Promise<Pick<DiskFigures, "freeBytes">> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return { freeBytes: bavail * bsize };
  } catch {
    return {};
  }
}
