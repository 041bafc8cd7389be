/**
 * Files that a command writes where it is told to: checked before its work begins, written whole at its end.
 *
 * @module
 */
import { dirname } from "@std/path";
import { messageOf, UserError } from "../core/errors.ts";
import { entryAt, writeAtomically } from "../core/files.ts";

/**
 * @throws {UserError} unless a file can be there: its folder exists and may be written, and it is no folder or device
 * itself.
 */
export async function requireWritable(file: string, doing: string): Promise<void> {
  const look = (path: string) =>
    entryAt(path).catch((cause) => {
      throw new UserError(`${doing}: ${messageOf(cause)}`, { where: path, cause });
    });
  const own = await look(file);
  if (own?.isDirectory) throw new UserError(`${doing}: it must be a file, not a folder`, { where: file });
  // the file that is written takes its place, which would be the end of /dev/null
  if (own && !own.isFile) throw new UserError(`${doing}: it must be a file, not a device or a pipe`, { where: file });
  const folder = dirname(file);
  if (!(await look(folder))?.isDirectory) {
    throw new UserError(`${doing}: the folder of the file must exist`, { where: folder });
  }
  // beside the file, whose place it takes at the end
  if (Deno.permissions.querySync({ name: "write", path: folder }).state === "granted") return;
  throw new UserError(`${doing}: Deno must be allowed to write in the folder of the file; give it --allow-write`, {
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
