/**
 * Files that a command writes where it is told to: checked before its work begins, written whole at its end.
 *
 * @module
 */
import { dirname } from "@std/path";
import { messageOf, UserError } from "../core/errors.ts";
import { writeAtomically } from "../core/files.ts";

/** @throws {UserError} unless a file can be there: its folder exists, and it is no folder or device itself. */
export async function requireWritable(file: string, doing: string): Promise<void> {
  const own = await Deno.stat(file).catch(() => undefined);
  if (own?.isDirectory) throw new UserError(`${doing}: it must be a file, not a folder`, { where: file });
  // the file that is written takes its place, which would be the end of /dev/null
  if (own && !own.isFile) throw new UserError(`${doing}: it must be a file, not a device or a pipe`, { where: file });
  const folder = await Deno.stat(dirname(file)).catch(() => undefined);
  if (folder?.isDirectory) return;
  throw new UserError(`${doing}: the folder of the file must exist`, { where: dirname(file) });
}

/** Writes it, or leaves what was there. @throws {UserError} if it cannot be written. */
export async function writeOutput(file: string, text: string, doing: string): Promise<void> {
  try {
    await writeAtomically(file, text);
  } catch (cause) {
    throw new UserError(`${doing}: the file must be writable: ${messageOf(cause)}`, { where: file, cause });
  }
}
