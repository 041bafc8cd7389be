/**
 * A dataset layout of one's own: a folder with `cases.csv`, a line a case, and `labels.csv`, a line a structure, beside
 * the volumes or above them.
 *
 * ```text
 * cases.csv                                     labels.csv
 * image,label,subject,site                      value,name
 * scans/a1.nii.gz,masks/a1.nii.gz,a,north       1,ventricle
 * scans/b1.nii.gz,,b,south                      2,wall
 * ```
 *
 * Paths are taken from the folder; a case without a label serves pre-training. Cells hold no commas and no quotes.
 *
 * How to run it: see README.md beside this file. `"data": { "directory": FOLDER }` is opened by it wherever there is a
 * cases.csv.
 *
 * @module
 */
import {
  type CaseReference,
  type Dataset,
  type DatasetFormat,
  datasetFormats,
  readText,
  UserError,
} from "../../mod.ts";

/** The rows of a table under its header; @throws {UserError} if a column is missing or a row too short. */
async function readTable(path: string, columns: readonly string[]): Promise<Record<string, string>[]> {
  const text = await readText(path, { doing: "opening a dataset" });
  const [header, ...rows] = text.trim().split(/\r?\n/).map((line) => line.split(","));
  const missing = columns.find((column) => !header.includes(column));
  if (missing !== undefined) {
    throw new UserError(`opening a dataset: there must be a column ${missing}`, { where: path });
  }
  return rows.map((row, index) => {
    if (row.length !== header.length) {
      const rule = `opening a dataset: every line must have ${header.length} cells`;
      throw new UserError(rule, { where: `${path}:${index + 2}`, value: row.join(",") });
    }
    return Object.fromEntries(header.map((column, k) => [column, row[k].trim()]));
  });
}

/** The file's name without folder and ending. */
const idOf = (path: string) => path.replace(/^.*\//, "").replace(/\.nii(\.gz)?$/, "");

async function openList(directory: string): Promise<Dataset> {
  const rows = await readTable(`${directory}/cases.csv`, ["image", "label", "subject", "site"]);
  const cases = rows.map(({ image, label, subject, site }): CaseReference => ({
    id: idOf(image),
    subject,
    ...(site && { site }),
    image: `${directory}/${image}`,
    ...(label && { label: `${directory}/${label}` }),
  }));
  const names = await readTable(`${directory}/labels.csv`, ["value", "name"]);
  const labels = new Map(names.map(({ value, name }) => [Number(value), name]));
  return { name: directory.replace(/^.*\//, ""), directory, format: imageList.name, labels, cases };
}

/** Cases listed in a table. */
export const imageList: DatasetFormat = {
  name: "image-list",
  matches: (directory) => Deno.stat(`${directory}/cases.csv`).then(({ isFile }) => isFile, () => false),
  open: openList,
};

datasetFormats.register(imageList);
