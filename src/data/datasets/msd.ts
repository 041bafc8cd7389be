/**
 * The layout of the Medical Segmentation Decathlon: dataset.json lists the training pairs and names labels by value.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import type { CaseReference, Dataset, DatasetFormat } from "./dataset.ts";
import { asRecord, checkNumTraining, labelMap, requireFile } from "./description.ts";
import { caseId } from "./files.ts";
import { originOf, readOrigins } from "./tables.ts";

/** See {@linkcode DatasetFormat}. */
export const msd: DatasetFormat = {
  name: "msd",
  matches: (_directory, description) => Array.isArray(asRecord(description)?.training),
  open: openMsd,
};

async function openMsd(directory: string, description: unknown): Promise<Dataset> {
  const where = `${directory}/dataset.json`;
  const json = asRecord(description)!;
  const named = asRecord(json.labels);
  if (!named) throw new UserError("opening a dataset: labels must be an object of value and name", { where });
  const labels = labelMap(Object.entries(named), where);
  const training = json.training as unknown[];
  checkNumTraining(json, training.length, where);
  const origins = await readOrigins(directory);
  const cases: CaseReference[] = [];
  const seen = new Set<string>();
  for (const [index, entry] of training.entries()) {
    const { image, label } = asRecord(entry) ?? {};
    if (typeof image !== "string" || (label !== undefined && typeof label !== "string")) {
      throw new UserError("opening a dataset: a training case must name its image and its label", {
        where: `${where}, field training[${index}]`,
        value: JSON.stringify(entry),
      });
    }
    const id = caseId(image);
    if (seen.has(id)) throw new UserError("opening a dataset: every case must be listed once", { where, value: id });
    seen.add(id);
    const reference: CaseReference = {
      id,
      ...originOf(origins, id),
      image: inside(directory, image, where),
      ...(label !== undefined && { label: inside(directory, label as string, where) }),
    };
    await requireFile(reference.image, "dataset.json");
    if (reference.label !== undefined) await requireFile(reference.label, "dataset.json");
    cases.push(reference);
  }
  return { name: typeof json.name === "string" ? json.name : "unnamed", directory, format: "msd", labels, cases };
}

/** A path that dataset.json names, which must not lead out of the dataset. */
function inside(directory: string, path: string, where: string): string {
  const relative = path.replace(/^\.\//, "");
  if (relative.startsWith("/") || relative.split("/").includes("..")) {
    throw new UserError("opening a dataset: a path must stay inside the dataset's folder", { where, value: path });
  }
  return `${directory}/${relative}`;
}
