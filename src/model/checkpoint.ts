/**
 * Checkpoints: numbered safetensors files with the state as JSON in their metadata, so that a checkpoint is one file,
 * which a rename makes visible. A `kill -9` at any instant leaves the newest whole one to go on from.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readLatestCheckpoint, writeCheckpoint } from "./checkpoint.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const vectors = [{ name: "bias", shape: [2], data: Float32Array.of(1, 2) }];
 * await writeCheckpoint(directory, { vectors, state: { round: 3 } });
 * const latest = await readLatestCheckpoint(directory);
 * assertEquals(latest?.state, { round: 3 });
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */
import { join } from "@std/path";
import { sha256Hex } from "../core/digest.ts";
import { messageOf, UserError } from "../core/errors.ts";
import { writeAtomically } from "../core/files.ts";
import type { NamedVector } from "../core/vectors.ts";
import { decodeSafetensors, encodeSafetensors, readSafetensorsMetadata } from "./safetensors.ts";

/** What goes on after a restart. */
export interface CheckpointContents {
  /** What is stored, by name. */
  vectors: readonly NamedVector[];
  /** Anything that JSON holds. */
  state: unknown;
}

/** A checkpoint read back. */
export interface Checkpoint {
  /** What was stored, by name. */
  vectors: NamedVector[];
  /** As it was written; whoever reads it checks it. */
  state: unknown;
  /** The file that it was read from. */
  path: string;
  /** Newer checkpoints that were passed over because they are damaged, with the reason. */
  damaged: { path: string; reason: string }[];
}

/** Options of {@linkcode writeCheckpoint}. */
export interface WriteCheckpointOptions {
  /** Whole checkpoints that stay, the new one among them. @default 2 */
  kept?: number;
}

const NAME = /^checkpoint-(\d{8,})\.safetensors$/;
/** What `writeAtomically` leaves of a file when its process is killed. */
const ASIDE = /^checkpoint-\d{8,}\.safetensors\..*\.tmp$/;

/**
 * Writes the next checkpoint, then removes all but the newest whole ones. The directory is made where it is absent;
 * one process may write to it at a time.
 *
 * @returns the new file's path
 * @throws {UserError} if the directory cannot be written to; earlier checkpoints are untouched.
 */
export async function writeCheckpoint(
  directory: string,
  contents: CheckpointContents,
  { kept = 2 }: WriteCheckpointOptions = {},
): Promise<string> {
  const { vectors, state } = contents;
  const json = JSON.stringify(state);
  if (json === undefined) throw new TypeError(`writing a checkpoint: JSON must hold its state, got ${state}`);
  const bytes = encodeSafetensors(vectors, { state: json, sha256: await digest(vectors, json) });
  let path = directory;
  try {
    await Deno.mkdir(directory, { recursive: true });
    const [newest] = await list(directory);
    path = join(directory, `checkpoint-${String((newest?.number ?? 0) + 1).padStart(8, "0")}.safetensors`);
    await writeAtomically(path, bytes);
    await prune(directory, path, kept);
  } catch (error) {
    throw new UserError(`writing a checkpoint: ${messageOf(error)}`, { where: path, cause: error });
  }
  return path;
}

/**
 * The newest whole checkpoint, or undefined where none was written yet.
 *
 * @throws {UserError} if there are checkpoints and all are damaged, or the directory cannot be read.
 */
export async function readLatestCheckpoint(directory: string): Promise<Checkpoint | undefined> {
  const damaged: Checkpoint["damaged"] = [];
  for (const { path } of await list(directory)) {
    try {
      return { ...await read(path), path, damaged };
    } catch (error) {
      damaged.push({ path, reason: messageOf(error) });
    }
  }
  if (damaged.length === 0) return undefined;
  throw new UserError(
    "going on from a checkpoint: all are damaged; remove them to start again, or restore one from a backup",
    { where: directory, value: damaged[0].reason },
  );
}

/**
 * Removes the newest whole checkpoint, and damaged ones that are newer: what it holds proved to be of no use.
 *
 * @returns whether there was one.
 * @throws {UserError} as {@linkcode readLatestCheckpoint} does, or if it cannot be removed.
 */
export async function dropLatestCheckpoint(directory: string): Promise<boolean> {
  const latest = await readLatestCheckpoint(directory);
  if (!latest) return false;
  for (const path of [...latest.damaged.map((one) => one.path), latest.path]) {
    await Deno.remove(path).catch((cause) => {
      throw new UserError(`removing a checkpoint: ${messageOf(cause)}`, { where: path, cause });
    });
  }
  return true;
}

/**
 * What the states of the checkpoints in `directory` say, newest first, without reading what they store; those whose
 * header is damaged are passed over, and what comes is not held against its digest.
 *
 * @throws {UserError} if the directory cannot be read.
 */
export async function readCheckpointStates(directory: string): Promise<Pick<Checkpoint, "path" | "state">[]> {
  const read = [];
  for (const { path } of await list(directory)) {
    try {
      const { state } = await readSafetensorsMetadata(path);
      if (state !== undefined) read.push({ path, state: JSON.parse(state) });
    } catch {
      // whoever goes on from a checkpoint is told
    }
  }
  return read;
}

/** The checkpoints, newest first. */
async function list(directory: string): Promise<{ number: number; path: string }[]> {
  const found = [];
  try {
    for await (const { name, isFile } of Deno.readDir(directory)) {
      const match = isFile && NAME.exec(name);
      if (match) found.push({ number: Number(match[1]), path: join(directory, name) });
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new UserError(`reading checkpoints: ${messageOf(error)}`, { where: directory, cause: error });
  }
  return found.sort((a, b) => b.number - a.number);
}

async function read(path: string): Promise<{ vectors: NamedVector[]; state: unknown }> {
  const { vectors, metadata } = decodeSafetensors(await Deno.readFile(path), path);
  const { state, sha256 } = metadata;
  if (state === undefined || sha256 !== await digest(vectors, state)) {
    throw new UserError("reading a checkpoint: it must match its digest", { where: path });
  }
  return { vectors, state: JSON.parse(state) };
}

/** Removes what a killed process left half-written, and all but `most` whole ones, `written` and the newest before it. */
async function prune(directory: string, written: string, most: number): Promise<void> {
  for await (const { name } of Deno.readDir(directory)) {
    if (ASIDE.test(name)) await Deno.remove(join(directory, name));
  }
  let kept = 1;
  for (const { path } of await list(directory)) {
    if (path === written) continue;
    if (kept < most && await read(path).then(() => true, () => false)) kept++;
    else await Deno.remove(path);
  }
}

/** SHA-256 over names, shapes, values and state, in hexadecimal. */
async function digest(vectors: readonly NamedVector[], state: string): Promise<string> {
  const parts = [encodeSafetensors(vectors), new TextEncoder().encode(state)];
  const joined = new Uint8Array(parts[0].length + parts[1].length);
  joined.set(parts[0]);
  joined.set(parts[1], parts[0].length);
  return await sha256Hex(joined);
}
