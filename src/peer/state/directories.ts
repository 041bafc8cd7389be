/**
 * The two folders that a peer writes: its state and its results, each for one peer at a time.
 *
 * @module
 */
import { messageOf, UserError } from "../../core/errors.ts";
import { type Lock, lockFolder } from "../../core/lock.ts";
import type { PeerConfiguration } from "../configuration.ts";

/** Folders that are held. */
export interface HeldDirectories extends Disposable {
  /** What the user is told: file systems without locks. */
  readonly warnings: readonly string[];
}

const DOING = "starting the peer";

/**
 * Makes the folders, and holds both until they are disposed of or the process ends; nothing else in them is touched
 * before.
 *
 * @param by the configuration or command that another start is told of.
 * @throws {UserError} if another peer has one of them, or it cannot be written.
 */
export async function holdDirectories(
  configuration: Pick<PeerConfiguration, "stateDirectory" | "outputDirectory">,
  by: string,
): Promise<HeldDirectories> {
  const { stateDirectory, outputDirectory } = configuration;
  const locks: Lock[] = [];
  const release = () => locks.forEach((lock) => lock.release());
  const hold = async (field: string, directory: string, mode?: number) => {
    locks.push(await lockFolder(directory, { doing: DOING, what: `"${field}"`, by, mode }));
    await probe(field, directory);
  };
  try {
    await hold("stateDirectory", stateDirectory, 0o700);
    if (!await isSame(stateDirectory, outputDirectory)) await hold("outputDirectory", outputDirectory);
  } catch (error) {
    release();
    throw error;
  }
  const warnings = [...locks.flatMap(({ warning }) => warning ?? []), ...await openToOthers(stateDirectory)];
  return { warnings, [Symbol.dispose]: release };
}

/** What is told of a folder of state that was there before and that others on this machine may write in. */
async function openToOthers(directory: string): Promise<string[]> {
  const { mode } = await Deno.stat(directory);
  if (mode === null || (mode & 0o022) === 0) return [];
  const rule = `others on this machine may write in "stateDirectory" ${directory}, and replace keys and audit log`;
  return [`${rule} (mode ${(mode & 0o777).toString(8)}): chmod 700 ${directory}`];
}

/** Whether both paths lead to one folder that is there. */
async function isSame(one: string, other: string): Promise<boolean> {
  try {
    return await Deno.realPath(one) === await Deno.realPath(other);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false; // to be made
    throw new UserError(`${DOING}: "outputDirectory" must be writable; ${messageOf(error)}`, { where: other });
  }
}

/** Files can be made in a folder although its lock, which was there before, could be opened: not always. */
async function probe(field: string, directory: string): Promise<void> {
  try {
    await Deno.remove(await Deno.makeTempFile({ dir: directory, prefix: ".writable-" }));
  } catch (cause) {
    const rule = `${DOING}: "${field}" must be writable; ${messageOf(cause)}`;
    throw new UserError(rule, { where: directory, cause });
  }
}
