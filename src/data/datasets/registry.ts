/**
 * Opening a dataset of any known format.
 *
 * @module
 */
import { messageOf, systemFault, UserError } from "../../core/errors.ts";
import { Registry } from "../../core/registry.ts";
import type { Dataset, DatasetFormat } from "./dataset.ts";
import { readDescription } from "./description.ts";
import { bids } from "./bids/bids.ts";
import { folder } from "./folder.ts";
import { msd } from "./msd.ts";
import { nnunet } from "./nnunet.ts";
import { nnunetV1 } from "./nnunet_v1.ts";
import { patientFolders } from "./patient_folders.ts";
import { requireSoundCases } from "./sound_cases.ts";

/**
 * In the order in which they are asked, after those that a program registers; a new one is one file and one line here.
 */
export const datasetFormats: Registry<DatasetFormat> = new Registry("a dataset format", [
  nnunetV1,
  msd,
  nnunet,
  bids,
  patientFolders,
  folder,
]);

/**
 * Opens the dataset in `directory`: its list of cases, their subjects and sites, and its labels; no volume is loaded.
 *
 * @throws {UserError} if there is none, or what its files say of one another is not so.
 */
export async function openDataset(directory: string): Promise<Dataset> {
  const root = directory.replace(/(?<=.)\/+$/, "");
  const info = await Deno.stat(root).catch((cause) => {
    const rule = systemFault(cause) === undefined ? messageOf(cause) : "the folder must exist and be readable";
    throw new UserError(`opening a dataset: ${rule}`, { where: directory, cause });
  });
  if (!info.isDirectory) throw new UserError("opening a dataset: a folder is needed, not a file", { where: directory });
  const description = await readDescription(root);
  const format = await formatOf(root, description);
  if (!format) {
    throw new UserError(
      "opening a dataset: dataset.json must list `training` (Medical Segmentation Decathlon) or name `labels` (nnU-Net)",
      { where: `${root}/dataset.json` },
    );
  }
  const dataset = await format.open(root, description);
  if (!dataset.cases.length) {
    throw new UserError("opening a dataset: there must be at least one case", { where: directory });
  }
  requireSoundCases(dataset);
  return dataset;
}

async function formatOf(root: string, description: unknown): Promise<DatasetFormat | undefined> {
  for (const format of [...datasetFormats.registered, ...datasetFormats.builtIn]) {
    if (await format.matches(root, description)) return format;
  }
  return undefined;
}
