/**
 * Files and folders that a command writes where it is told to: checked before its work begins, a file written whole at
 * its end.
 *
 * @module
 */
import { dirname, resolve } from "@std/path";
import { messageOf, UserError } from "../core/errors.ts";
import { entryAt, writeAtomically } from "../core/files.ts";

/**
 * @throws {UserError} unless a file can be there: its folder exists and may be written, and it is no folder or device
 * itself.
 */
export async function requireWritable(file: string, doing: string): Promise<void> {
  const own = await look(file, doing);
  if (own?.isDirectory) throw new UserError(`${doing}: it must be a file, not a folder`, { where: file });
  // the file that is written takes its place, which would be the end of /dev/null
  if (own && !own.isFile) throw new UserError(`${doing}: it must be a file, not a device or a pipe`, { where: file });
  const folder = dirname(file);
  if (!(await look(folder, doing))?.isDirectory) {
    throw new UserError(`${doing}: the folder of the file must exist`, { where: folder });
  }
  requirePermission(folder, doing); // it is written beside the file, whose place it takes at the end
}

/**
 * @throws {UserError} unless a folder is or can be there: it, or the nearest above it that is there, is a folder, and
 * Deno may write in it. Nothing is made.
 */
export async function requireFolder(folder: string, doing: string): Promise<void> {
  let at = resolve(folder);
  let found = await look(at, doing);
  for (; found === undefined && dirname(at) !== at; found = await look(at, doing)) at = dirname(at);
  if (!found?.isDirectory) throw new UserError(`${doing}: it must be a folder`, { where: at });
  requirePermission(folder, doing);
}

async function look(path: string, doing: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await entryAt(path);
  } catch (cause) {
    throw new UserError(`${doing}: ${messageOf(cause)}`, { where: path, cause });
  }
}

function requirePermission(folder: string, doing: string): void {
  if (Deno.permissions.querySync({ name: "write", path: folder }).state === "granted") return;
  throw new UserError(`${doing}: Deno must be allowed to write in the folder; give it --allow-write`, {
    where: folder,
  });
}

/** Writes it, or leaves what was there. @throws {UserError} if it cannot be written. */
export async function writeOutput(file: string, text: string, doing: string): Promise<void> {
  try {
    await writeAtomically(file, text);
  } catch (cause) {
    throw new UserError(`${doing}: the file must be writable: ${messageOf(cause)}`, { where: file, cause });
  }
}
