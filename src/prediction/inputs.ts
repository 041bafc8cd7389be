/**
 * What is to be predicted: one file, a folder of files, one with nnU-Net's names or of DICOM series, or a data set.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { findInputs } from "./inputs.ts";
 *
 * const folder = await Deno.makeTempDir();
 * for (const name of ["a_0000.nii.gz", "a_0001.nii.gz"]) await Deno.writeTextFile(`${folder}/${name}`, "");
 * const { cases } = await findInputs(folder, ["T1", "T2"]);
 * assertEquals(cases.map(({ id, images }) => [id, images?.length]), [["a", 2]]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";
import { messageOf, UserError } from "../core/errors.ts";
import { channelCount } from "../data/channels.ts";
import { channelNames } from "../data/datasets/channels.ts";
import { foreignContents, leftOut, volumeBelow } from "../data/datasets/contents.ts";
import type { CaseReference } from "../data/datasets/dataset.ts";
import { asRecord, readDescription } from "../data/datasets/description.ts";
import { caseId, isVolume, Listings } from "../data/datasets/files.ts";
import { findSeries } from "../data/dicom/find.ts";
import { isDicomPath } from "../data/dicom/format.ts";
import { openDataset } from "../data/datasets/registry.ts";
import { requireImagesOnly } from "../data/datasets/unlabelled.ts";
import { requireChannels } from "./predictor.ts";

/** A case that cannot be predicted, as its name alone tells. */
export interface FaultyInput {
  /** The id that it would have. */
  readonly id: string;
  /** Why. */
  readonly fault: UserError;
}

/** What was found. */
export interface Inputs {
  /** In the order of their names. */
  readonly cases: readonly CaseReference[];
  /** Those that are left out. */
  readonly faulty: readonly FaultyInput[];
  /** The folders that the images lie in. */
  readonly folders: readonly string[];
  /** What the user is told. */
  readonly notes: readonly string[];
}

const DOING = "predicting";

/** The folders of a data set's images, the first that has any. */
const IMAGES = ["imagesTs", "imagesTr"];

/** nnU-Net's number of a channel, before the ending. */
const CHANNEL = /_(\d{4})(?=\.[^/]*$)/;

/**
 * Finds the cases of a file or folder; no volume is loaded.
 *
 * @param channels that the model reads, by name
 * @throws {UserError} if there is nothing, or no case can have these channels.
 */
export async function findInputs(path: string, channels: readonly string[]): Promise<Inputs> {
  const info = await Deno.stat(path).catch((cause) => {
    const rule = cause instanceof Deno.errors.NotFound ? "must exist" : `must be readable: ${messageOf(cause)}`;
    throw new UserError(`${DOING}: the input ${rule}`, { where: path, cause });
  });
  if (!info.isDirectory) return await inputsOfFile(path, channels);
  const root = path.replace(/(?<=.)\/+$/, "");
  return await inputsOfFolder(new Listings(root), channels);
}

/** A file, and with nnU-Net's names the files of its other channels beside it. */
async function inputsOfFile(path: string, channels: readonly string[]): Promise<Inputs> {
  const folder = dirname(path), name = basename(path);
  if (!isVolume({ name, isDirectory: false }) && await isDicomPath(path)) {
    const series = await ofSeries(folder, channels, name);
    if (series) return series;
  }
  const beside = CHANNEL.test(name) ? await new Listings(folder).volumes() : [];
  const own = beside.filter((other) => other.replace(CHANNEL, "") === name.replace(CHANNEL, ""));
  const found = own.some(isFirst) ? own : [name];
  return requireSome(casesOf(folder, found, channels), { folders: [folder], notes: [] });
}

async function inputsOfFolder(listings: Listings, channels: readonly string[]): Promise<Inputs> {
  const description = asRecord(await readDescription(listings.root));
  if (description) {
    requireChannels(channelNames(description, `${listings.root}/dataset.json`).length, { channels }, listings.root);
  }
  for (const name of IMAGES) {
    const folder = await listings.find(name);
    const names = folder === undefined ? [] : await listings.volumes(folder);
    if (folder !== undefined && names.length > 0) return await ofNames(listings, folder, names, channels);
  }
  const names = await listings.volumes();
  if (names.length > 0) return await ofNames(listings, "", names, channels);
  if (await volumeBelow(listings) !== undefined) return await ofDataset(listings.root, channels);
  const series = await ofSeries(listings.root, channels);
  if (series) return series;
  const held = await foreignContents(listings);
  throw new UserError(
    `${DOING}: the folder must hold a volume at least (.nii, .nii.gz, .mha, .nrrd)${
      held === undefined ? "" : `; ${held}`
    }`,
    {
      where: listings.root,
    },
  );
}

async function ofNames(
  listings: Listings,
  folder: string,
  names: readonly string[],
  channels: readonly string[],
): Promise<Inputs> {
  if (!isNnunet(names)) requireImagesOnly(listings, names.map((name) => folder === "" ? name : `${folder}/${name}`));
  const found = casesOf(listings.path(folder), names, channels);
  return requireSome(found, { folders: [listings.path(folder)], notes: await leftOut(listings, folder) });
}

/** A data set whose images lie deeper, such as in a folder a patient. */
async function ofDataset(directory: string, channels: readonly string[]): Promise<Inputs> {
  const dataset = await openDataset(directory);
  requireChannels(channelCount(dataset), { channels }, directory);
  const cases = dataset.cases.map(({ label: _, ...reference }) => reference);
  const folders = new Set(cases.flatMap(({ image, images = [image] }) => images).map((path) => dirname(path)));
  return { cases, faulty: [], folders: [...folders], notes: dataset.notes ?? [] };
}

/**
 * The DICOM series below a folder, each of which counts as one channel.
 *
 * @param slice the name of a file in the folder, whose series only is wanted
 */
async function ofSeries(root: string, channels: readonly string[], slice?: string): Promise<Inputs | undefined> {
  const { series, faults, notes } = await findSeries(root);
  const wanted = slice === undefined
    ? series
    : series.filter(({ slices }) => slices.some(({ path }) => path === join(root, slice)));
  if (wanted.length === 0 && (slice !== undefined || faults.length === 0)) return undefined;
  requireChannels(1, { channels }, root);
  const cases = wanted.filter(({ fault }) => !fault).map(({ id, subject, slices }) => ({
    ...{ id, subject, image: slices[0].path },
  }));
  const faulty = [
    ...wanted.flatMap(({ id, fault }) => fault ? [{ id, fault }] : []),
    ...(slice === undefined ? faults : []).map((fault) => ({ id: basename(fault.where ?? root), fault })),
  ];
  const folders = new Set(wanted.flatMap(({ slices }) => slices.map(({ path }) => dirname(path))));
  return requireSome({ cases, faulty }, { folders: [...folders], notes: slice === undefined ? notes : [] });
}

const isFirst = (name: string) => CHANNEL.exec(name)?.[1] === "0000";

/** Whether all files are called CASE_0000, CASE_0001 …, with a first channel of every case. */
function isNnunet(names: readonly string[]): boolean {
  const firsts = new Set(names.filter(isFirst).map((name) => name.replace(CHANNEL, "")));
  return names.every((name) => CHANNEL.test(name) && firsts.has(name.replace(CHANNEL, "")));
}

function casesOf(
  folder: string,
  names: readonly string[],
  channels: readonly string[],
): Pick<Inputs, "cases" | "faulty"> {
  const cases: CaseReference[] = [], faulty: FaultyInput[] = [];
  const groups = isNnunet(names) ? Map.groupBy(names, (name) => name.replace(CHANNEL, "")) : undefined;
  for (const [name, files] of groups ?? names.map((name) => [name, [name]] as const)) {
    const id = caseId(name), paths = files.map((file) => join(folder, file));
    try {
      if (!isVolume({ name, isDirectory: false })) throw noVolume(paths[0]);
      if (groups) requireNumbers(files, channels, join(folder, name));
      cases.push({
        id,
        subject: id,
        image: paths[0],
        ...(channels.length > 1 && (groups ? { images: paths } : { frames: channels.length })),
      });
    } catch (fault) {
      if (!(fault instanceof UserError)) throw fault;
      faulty.push({ id, fault });
    }
  }
  const ids = [...cases, ...faulty].map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) < index);
  if (twice === undefined) return { cases, faulty };
  throw new UserError(`${DOING}: every case must have a name of its own`, { where: folder, value: twice });
}

function noVolume(path: string): UserError {
  return new UserError(
    `${DOING}: the input must be a .nii, .nii.gz, .hdr, .mha, .mhd, .nrrd or .nhdr file, or a folder of such`,
    {
      where: path,
    },
  );
}

/** @throws {UserError} unless a case has the files _0000 to that of the last channel. */
function requireNumbers(files: readonly string[], channels: readonly string[], where: string): void {
  requireChannels(files.length, { channels }, where);
  const numbers = files.map((name) => CHANNEL.exec(name)![1]);
  const lacking = channels.findIndex((_, index) => Number(numbers[index]) !== index);
  if (lacking < 0) return;
  const wanted = `_${String(lacking).padStart(4, "0")}`;
  throw new UserError(`${DOING}: a case must have a file ${wanted} of channel ${lacking}, ${channels[lacking]}`, {
    where,
    value: numbers.join(", "),
  });
}

/** Where no case at all can be predicted, the first one's fault is that of the input. */
function requireSome(
  found: Pick<Inputs, "cases" | "faulty">,
  rest: Pick<Inputs, "folders" | "notes">,
): Inputs {
  if (found.cases.length === 0) throw found.faulty[0].fault;
  return { ...found, ...rest };
}
