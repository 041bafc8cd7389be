/** The folders that a peer writes: whether it may, who else may read them, and whether a peer has them. */
import { dirname, join } from "@std/path";
import fs from "node:fs/promises";
import { messageOf } from "../../core/errors.ts";
import { folderHolder } from "../../core/lock.ts";
import type { PeerConfiguration } from "../../peer/configuration.ts";
import { type Finding, findingsOf } from "./finding.ts";

const { ok, note, warning, fault } = findingsOf("folders");

/** What was found of them. */
export interface FoldersExamined {
  readonly findings: readonly Finding[];
  /** Whether this site's peer runs now. */
  readonly isRunning: boolean;
  /** When the newest file of the state was written, in milliseconds since the epoch. */
  readonly newest?: number;
}

/** Looks at both; nothing in them stays changed. */
export async function examineFolders(
  { stateDirectory, outputDirectory, records }: Pick<
    PeerConfiguration,
    "stateDirectory" | "outputDirectory" | "records"
  >,
): Promise<FoldersExamined> {
  const holder = await folderHolder(stateDirectory);
  const newest = await newestOf(stateDirectory);
  const findings = [
    ...(holder === undefined ? [] : [note(`this site's peer runs: ${holder} has ${stateDirectory}`)]),
    ...await modeFindings(stateDirectory),
    ...await writable("stateDirectory", stateDirectory),
    ...await writable("outputDirectory", outputDirectory),
    ...(records.log ? await writable("the folder of records.log.file", dirname(records.log.file)) : []),
  ];
  return { findings, isRunning: holder !== undefined, ...(newest !== undefined && { newest }) };
}

/** Free bytes where `directory` is or will be; undefined where the system does not tell. */
export async function freeBytes(directory: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await fs.statfs(await existing(directory));
    return Number(bavail) * Number(bsize);
  } catch {
    return undefined;
  }
}

/** `directory`, or the nearest above it that is there. */
async function existing(directory: string): Promise<string> {
  for (let at = directory;; at = dirname(at)) {
    if (await Deno.stat(at).then(() => true, () => false) || at === dirname(at)) return at;
  }
}

async function modeFindings(directory: string): Promise<Finding[]> {
  const info = await Deno.stat(directory).catch(() => undefined);
  if (!info || info.mode === null || (info.mode & 0o077) === 0) return [];
  const mode = (info.mode & 0o777).toString(8);
  return [
    warning(`others may look into ${directory}, which holds the private keys (mode ${mode})`, `chmod 700 ${directory}`),
  ];
}

async function writable(field: string, directory: string): Promise<Finding[]> {
  const at = await existing(directory);
  try {
    await Deno.remove(await Deno.makeTempFile({ dir: at, prefix: ".writable-" }));
    return [ok(`${field} ${directory} ${at === directory ? "can be written" : "can be made"}`)];
  } catch (error) {
    return [
      fault(
        `${field} ${directory} cannot be written: ${messageOf(error)}`,
        "give the folder to the user that runs the peer",
      ),
    ];
  }
}

async function newestOf(directory: string): Promise<number | undefined> {
  let newest: number | undefined;
  try {
    for await (const { name, isFile } of Deno.readDir(directory)) {
      if (!isFile || name.startsWith(".")) continue;
      const { mtime } = await Deno.stat(join(directory, name));
      newest = Math.max(newest ?? 0, mtime?.getTime() ?? 0);
    }
  } catch {
    return newest; // told by whoever needs the folder
  }
  return newest;
}
