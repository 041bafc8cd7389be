/**
 * The label maps that a folder holds.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { Listings } from "../data/datasets/files.ts";
import { foreignByName } from "../data/foreign_formats.ts";

/** Label maps in one folder. */
export interface Segmentations {
  /** The folder. */
  readonly directory: string;
  /** The files' paths, sorted by name. */
  readonly paths: readonly string[];
}

/** Where datasets keep their label maps (Decathlon, nnU-Net). */
const LABELS = "labelsTr";

/**
 * Finds the label maps directly in a folder or, where it is a dataset's, in its `labelsTr`.
 *
 * @param what what they are, for errors: "references"
 * @throws {UserError} if there is no such folder, or no volume in it.
 */
export async function findSegmentations(folder: string, what: string): Promise<Segmentations> {
  const listings = new Listings(folder.replace(/(?<=.)\/+$/, ""));
  const entries = await listings.entries();
  if (!entries) throw new UserError(`scoring: the folder of the ${what} must exist`, { where: folder });
  const labels = await listings.find(LABELS);
  for (const part of labels === undefined ? [""] : ["", labels]) {
    const names = await listings.volumes(part);
    if (names.length === 0) continue;
    const directory = listings.path(part);
    return { directory, paths: names.map((name) => `${directory}/${name}`) };
  }
  const foreign = entries.map(({ name }) => foreignByName(name)).find((format) => format !== undefined);
  const below = await foldersWithVolumes(listings);
  const hint = foreign
    ? `; it holds ${foreign.name}: ${foreign.convert}`
    : below.length > 0
    ? `; name one of its folders: ${below.join(", ")}`
    : "";
  throw new UserError(`scoring: the folder of the ${what} must hold label maps (.nii, .nii.gz, .mha, .nrrd)${hint}`, {
    where: folder,
  });
}

async function foldersWithVolumes(listings: Listings): Promise<string[]> {
  const found: string[] = [];
  for (const name of await listings.folders()) if ((await listings.volumes(name)).length > 0) found.push(name);
  return found;
}
