/** The cases that lie in nnU-Net's folders: imagesTr/CASE_0000.nii.gz, a file a channel, and labelsTr/CASE.nii.gz. */
import { UserError } from "../../core/errors.ts";
import { bidsPerson } from "./case_ids.ts";
import { channelSuffix, lackingChannel } from "./channels.ts";
import { foreignContents, leftOut } from "./contents.ts";
import type { Listings } from "./files.ts";
import type { FoundCase } from "./tables/case_names.ts";

/** Cases named in a sentence. */
const SHOWN = 3;

/**
 * An image without a label file is a case without a label, and told in `notes`.
 *
 * @param ending of every file, in small letters
 * @throws {UserError} if there is no image, one is named otherwise, or a label file belongs to none.
 */
export async function casesOfFolders(
  listings: Listings,
  ending: string,
  channels: readonly string[],
): Promise<{ cases: FoundCase[]; notes: string[] }> {
  const images = await listings.find("imagesTr") ?? "imagesTr";
  const suffix = `${channelSuffix(0)}${ending}`;
  const labels = await labelFiles(listings, ending);
  const files = await imageFiles(listings, { folder: images, ending, channels });
  const cases = [...files].map(([id, paths]): FoundCase => {
    const label = labels.get(id) ?? labels.get(id.toLowerCase());
    const subject = bidsPerson(id);
    return {
      id,
      ...(subject !== undefined && { subject }),
      image: paths[0],
      ...(channels.length > 1 && { images: paths }),
      ...(label !== undefined && { label }),
    };
  });
  if (cases.length === 0) {
    const held = await foreignContents(listings, images);
    throw new UserError(`opening a dataset: the folder must hold images CASE${suffix}${held ? `; ${held}` : ""}`, {
      where: listings.path(images),
    });
  }
  const used = new Set(cases.map(({ label }) => label));
  const stray = [...labels.values()].find((path) => !used.has(path));
  if (stray !== undefined) {
    throw new UserError(`opening a dataset: a label file must belong to an image CASE${suffix}`, {
      where: listings.path(stray),
    });
  }
  const unlabelled = cases.filter(({ label }) => label === undefined).map(({ id }) => id);
  const first = unlabelled.slice(0, SHOWN).join(", ") + (unlabelled.length > SHOWN ? ", …" : "");
  const notes = unlabelled.length === 0
    ? []
    : [`${unlabelled.length === 1 ? "1 case has" : `${unlabelled.length} cases have`} no label file: ${first}`];
  return { cases, notes: [...notes, ...await leftOut(listings, images)] };
}

/**
 * Each case's image files, a channel each, by its id.
 *
 * @throws {UserError} if a file is named otherwise, or a case has not all channels.
 */
async function imageFiles(
  listings: Listings,
  { folder, ending, channels }: { folder: string; ending: string; channels: readonly string[] },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const suffixes = channels.map((_, index) => `${channelSuffix(index)}${ending}`);
  const found = new Map<string, string[]>();
  for (const name of await listings.volumes(folder)) {
    const path = `${folder}/${name}`;
    const channel = suffixes.findIndex((suffix) => name.toLowerCase().endsWith(suffix));
    if (channel < 0) {
      const names = suffixes.map((suffix) => `CASE${suffix}`).join(" or ");
      throw new UserError(`opening a dataset: an image's name must be ${names}`, { where: listings.path(path) });
    }
    const id = name.slice(0, -suffixes[channel].length).normalize();
    const paths = found.get(id) ?? [];
    if (paths[channel] !== undefined) {
      throw new UserError("opening a dataset: every case must have a name of its own", {
        where: listings.path(path),
        value: id,
      });
    }
    paths[channel] = path;
    found.set(id, paths);
  }
  for (const [id, paths] of found) {
    const lacking = channels.findIndex((_, index) => paths[index] === undefined);
    if (lacking < 0) continue;
    throw lackingChannel(id, lacking, { channels, where: listings.path(`${folder}/${id}${suffixes[lacking]}`) });
  }
  return found;
}

/** Label files by the case's id, and by the id in small letters where no other case has that one. */
async function labelFiles(listings: Listings, ending: string): Promise<ReadonlyMap<string, string>> {
  const folder = await listings.find("labelsTr");
  if (folder === undefined) return new Map();
  const files = (await listings.volumes(folder)).map((name): [id: string, path: string] => {
    const path = `${folder}/${name}`;
    if (!name.toLowerCase().endsWith(ending)) {
      throw new UserError(`opening a dataset: a label file's name must be CASE${ending}`, {
        where: listings.path(path),
      });
    }
    return [name.slice(0, -ending.length).normalize(), path];
  });
  return new Map([...files.map(([id, path]) => [id.toLowerCase(), path] as const), ...files]);
}
