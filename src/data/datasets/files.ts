/**
 * The names of a dataset's files.
 *
 * @module
 */
import { messageOf, UserError } from "../../core/errors.ts";

/** The file's name without folder and ending. */
export function caseId(path: string): string {
  return path.replace(/^.*\//, "").replace(/\.(nii|hdr|img)(\.gz)?$/i, "");
}

/**
 * The names of the NIfTI files directly in a folder, sorted; hidden files are left out, and a pair counts by its .hdr.
 */
export async function listVolumes(directory: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(directory)) {
      if (!isDirectory && !name.startsWith(".") && /\.(nii|hdr)(\.gz)?$/i.test(name)) names.push(name);
    }
  } catch (cause) {
    const rule = cause instanceof Deno.errors.NotFound ? "the folder must exist" : messageOf(cause);
    throw new UserError(`opening a dataset: ${rule}`, { where: directory, cause });
  }
  return names.sort();
}
