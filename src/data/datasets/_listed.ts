/** Cases whose files a dataset.json names one by one. */
import { UserError } from "../../core/errors.ts";
import { foreignByName } from "../foreign_formats.ts";
import { bidsPerson, caseIds, personsOf, unclearPersons } from "./case_ids.ts";
import { type ChannelPlaces, lackingChannel } from "./channels.ts";
import { caseId, isVolume, type Listings } from "./files.ts";
import type { FoundCase } from "./tables/case_names.ts";

/** One case as dataset.json has it. */
export interface ListedCase extends ChannelPlaces {
  /** @default from the image's path */
  readonly id?: string;
  readonly label?: string;
}

/** Options of {@linkcode findListed}. */
export interface FindListedOptions {
  /** The dataset.json, for errors. */
  where: string;
  /** The channels' names. */
  channels: readonly string[];
  /** Where the file of an image may lie, in the order in which it is looked for. @default as it is named */
  imagePaths?: (named: string) => readonly string[];
}

/**
 * Finds every file that is named, whatever the Unicode form and the capitals.
 *
 * @throws {UserError} if one is missing, leads out of the folder, is of another format, or a case is listed twice.
 */
export async function findListed(
  listings: Listings,
  listed: readonly ListedCase[],
  { where, channels, imagePaths = (named) => [named] }: FindListedOptions,
): Promise<FoundCase[]> {
  const found: (ChannelPlaces & { id?: string; label?: string })[] = [];
  for (const { id, image, images, frames, label } of listed) {
    const others: string[] = [];
    for (const [index, other] of images?.entries() ?? []) {
      const path = inside(listings, other, where);
      const file = await listings.find(path);
      if (file === undefined) {
        const name = id ?? caseId(image).replace(/_0000$/, "");
        throw lackingChannel(name, index, { channels, where: listings.path(path) });
      }
      others.push(file);
    }
    found.push({
      ...(id !== undefined && { id: id.normalize() }),
      image: await findFile(listings, imagePaths(inside(listings, image, where)), where),
      ...(images && { images: await Promise.all(others.map((path) => requireFile(listings, path, path))) }),
      ...(frames !== undefined && { frames }),
      ...(label !== undefined && { label: await findFile(listings, [inside(listings, label, where)], where) }),
    });
  }
  const images = found.map(({ image }) => image);
  const ids = found.every(({ id }) => id !== undefined) ? found.map(({ id }) => id!) : caseIds(images, where);
  const persons = personsOf(images);
  const unclear = unclearPersons(images);
  return found.map((each, i) => {
    const subject = persons[i] ?? bidsPerson(ids[i]);
    return { ...each, id: ids[i], ...(subject !== undefined && { subject }), ...(unclear && { unclear }) };
  });
}

/** A path that dataset.json names, from the dataset's folder, which it must not lead out of. */
function inside({ root }: Listings, path: string, where: string): string {
  const plain = path.replaceAll("\\", "/");
  const relative = (plain.startsWith(`${root}/`) ? plain.slice(root.length + 1) : plain).replace(/^(\.\/+)+/, "");
  if (/^(\/|[a-z]:)/i.test(relative) || relative.split("/").includes("..") || relative.startsWith("$")) {
    throw new UserError(
      "opening a dataset: a path must stay inside the dataset's folder, where a link may lead elsewhere",
      { where, value: path },
    );
  }
  return relative;
}

async function findFile(listings: Listings, paths: readonly string[], where: string): Promise<string> {
  const named = paths.at(-1)!;
  const foreign = foreignByName(named);
  if (foreign) {
    throw new UserError(`opening a dataset: ${foreign.name} is not read: ${foreign.convert}`, { where, value: named });
  }
  const name = named.replace(/^.*\//, "");
  if (name.startsWith("._")) {
    throw new UserError("opening a dataset: a file ._NAME is what macOS notes beside NAME, no image", {
      where,
      value: named,
    });
  }
  for (const path of paths) {
    const found = await listings.find(path);
    if (found !== undefined) return await requireFile(listings, found, named);
  }
  throw new UserError("opening a dataset: a file that dataset.json names must exist", { where: listings.path(named) });
}

/** @throws {UserError} if the name is a folder's, or a link that leads to nothing. */
async function requireFile(listings: Listings, path: string, named: string): Promise<string> {
  const where = listings.path(path);
  const info = await Deno.stat(where).catch((cause) => {
    const rule = cause instanceof Deno.errors.NotFound
      ? "a link must lead to a file; this one's was perhaps not fetched yet"
      : "a file that dataset.json names must be readable";
    throw new UserError(`opening a dataset: ${rule}`, { where, cause });
  });
  if (info.isDirectory) {
    throw new UserError("opening a dataset: what dataset.json names must be a file", { where });
  }
  if (!isVolume({ name: named.replace(/\.img(\.gz)?$/i, ".hdr"), isDirectory: false })) {
    throw new UserError(
      "opening a dataset: a volume's name must end in .nii, .nii.gz, .hdr, .mha, .mhd, .nrrd or .nhdr",
      { where },
    );
  }
  return path;
}
