/**
 * A plain folder of volumes without labels, for pre-training: every .nii, .nii.gz and .hdr directly in it.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import type { Dataset, DatasetFormat } from "./dataset.ts";
import { caseId, listVolumes } from "./files.ts";
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
