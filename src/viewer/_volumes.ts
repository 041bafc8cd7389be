/** Volumes by what a case is called. */
import { basename, join } from "@std/path";
import { messageOf, UserError } from "../core/errors.ts";

const ENDING = /\.(nii(\.gz)?|mha|mhd|nrrd|nhdr)$/i;

/** Whether a file is what a browser's viewer reads as it is. */
export function isNifti(path: string): boolean {
  return /\.nii(\.gz)?$/i.test(path);
}

/** Whether a name is that of a volume that can be shown. */
export function isVolumeName(name: string): boolean {
  return ENDING.test(name);
}

/** A file's name without folder and ending. */
export function stemOf(path: string): string {
  return basename(path).replace(ENDING, "");
}

/** What is at a path. @throws {UserError} if nothing is, or nobody may look. */
export async function whatIs(path: string): Promise<"file" | "folder"> {
  try {
    return (await Deno.stat(path)).isDirectory ? "folder" : "file";
  } catch (cause) {
    const rule = cause instanceof Deno.errors.NotFound ? "it must exist" : messageOf(cause);
    throw new UserError(`opening the viewer: ${rule}`, { where: path, cause });
  }
}

/** The entries of a folder by name; none of one that is not there. */
export async function entriesOf(directory: string): Promise<Deno.DirEntry[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(directory));
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw error;
  }
}

/** The volumes below a folder by what a dataset calls a case: the path from there, without its ending. */
export async function volumesBelow(directory: string, prefix = ""): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { name, isDirectory } of await entriesOf(directory)) {
    const path = join(directory, name);
    if (isDirectory) { for (const [id, file] of await volumesBelow(path, `${prefix}${name}/`)) found.set(id, file); }
    else if (isVolumeName(name)) found.set(`${prefix}${name.replace(ENDING, "")}`, path);
  }
  return found;
}
