/**
 * nnU-Net's raw layout: imagesTr/CASE_0000.nii.gz, labelsTr/CASE.nii.gz, and labels by name in dataset.json.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import type { CaseReference, Dataset, DatasetFormat } from "./dataset.ts";
import { asRecord, checkNumTraining, labelMap, requireFile } from "./description.ts";
import { listVolumes } from "./files.ts";
import { originOf, readOrigins } from "./tables.ts";

/** See {@linkcode DatasetFormat}. */
export const nnunet: DatasetFormat = {
  name: "nnunet",
  matches: (_directory, description) => {
    const json = asRecord(description);
    return json !== undefined && json.training === undefined && asRecord(json.labels) !== undefined;
  },
  open: openNnunet,
};

async function openNnunet(directory: string, description: unknown): Promise<Dataset> {
  const where = `${directory}/dataset.json`;
  const json = asRecord(description)!;
  const channels = asRecord(json.channel_names) ?? asRecord(json.modality) ?? { "0": "" };
  if (Object.keys(channels).length !== 1) {
    throw new UserError("opening a dataset: images must have one channel", {
      where: `${where}, field channel_names`,
      value: Object.keys(channels).length,
    });
  }
  const ending = json.file_ending ?? ".nii.gz";
  if (typeof ending !== "string" || !/^\.nii(\.gz)?$/.test(ending)) {
    throw new UserError("opening a dataset: file_ending must be .nii or .nii.gz", {
      where,
      value: JSON.stringify(ending),
    });
  }
  const labels = labelMap(Object.entries(asRecord(json.labels)!).map(([name, value]) => [value, name]), where);
  const origins = await readOrigins(directory);
  const suffix = `_0000${ending}`;
  const cases: CaseReference[] = [];
  for (const name of await listVolumes(`${directory}/imagesTr`)) {
    if (!name.endsWith(suffix)) {
      throw new UserError(`opening a dataset: an image's name must be CASE${suffix}`, {
        where: `${directory}/imagesTr/${name}`,
      });
    }
    const id = name.slice(0, -suffix.length);
    const label = `${directory}/labelsTr/${id}${ending}`;
    await requireFile(label, `the image ${name}`);
    cases.push({ id, ...originOf(origins, id), image: `${directory}/imagesTr/${name}`, label });
  }
  checkNumTraining(json, cases.length, where);
  return { name: typeof json.name === "string" ? json.name : "unnamed", directory, format: "nnunet", labels, cases };
}
