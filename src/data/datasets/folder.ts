/**
 * A plain folder of volumes without labels, for pre-training: every .nii, .nii.gz and .hdr directly in it.
 *
 * @module
 */
import { messageOf, UserError } from "../../core/errors.ts";
import type { Dataset, DatasetFormat } from "./dataset.ts";
import { caseId } from "./msd.ts";
import { originOf, readOrigins } from "./tables.ts";

/** See {@linkcode DatasetFormat}. */
export const folder: DatasetFormat = {
  name: "folder",
  matches: (_directory, description) => description === undefined,
  open: openFolder,
};

async function openFolder(directory: string): Promise<Dataset> {
  const origins = await readOrigins(directory);
  const names = await listVolumes(directory);
  if (!names.length) {
    throw new UserError("opening a dataset: the folder must hold a dataset.json or at least one NIfTI file", {
      where: directory,
    });
  }
  const cases = names.map((name) => {
    const id = caseId(name);
    return { id, ...originOf(origins, id), image: `${directory}/${name}` };
  });
  const twice = cases.find(({ id }, i) => i > 0 && cases[i - 1].id === id);
  if (twice) {
    throw new UserError("opening a dataset: every case must have a name of its own", {
      where: directory,
      value: twice.id,
    });
  }
  return {
    name: directory.replace(/\/+$/, "").replace(/^.*\//, ""),
    directory,
    format: "folder",
    labels: new Map(),
    cases,
  };
}

/** The names of the NIfTI files directly in a folder, sorted; hidden files are left out, and a pair counts by its .hdr. */
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
