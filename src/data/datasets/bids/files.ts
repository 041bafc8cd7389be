/** The anatomical files of a BIDS dataset: `sub-*\/[ses-*\/]anat/`, in the dataset and in its derivatives. */
import { isVolume, type Listings } from "../files.ts";
import { type BidsName, parseBidsName } from "./names.ts";

/** A volume whose name is BIDS's. */
export interface BidsFile {
  /** From the dataset's folder. */
  readonly path: string;
  readonly name: BidsName;
}

/** How deep pipelines may lie below `derivatives`. */
const DEEPEST = 3;

/** The names of the persons' folders, `sub-01`, in a folder. */
export async function personFolders(listings: Listings, folder = ""): Promise<string[]> {
  return (await listings.folders(folder)).filter((name) => /^sub-./.test(name));
}

const below = (folder: string, name: string) => folder === "" ? name : `${folder}/${name}`;

/** The volumes of the persons in a folder. */
export async function anatomicalFiles(listings: Listings, folder = ""): Promise<BidsFile[]> {
  const files: BidsFile[] = [];
  for (const person of await personFolders(listings, folder)) {
    const own = below(folder, person);
    const sessions = (await listings.folders(own)).filter((name) => name.startsWith("ses-"));
    for (const place of [own, ...sessions.map((session) => `${own}/${session}`)]) {
      for (const entry of await listings.entries(`${place}/anat`) ?? []) {
        const name = isVolume(entry) ? parseBidsName(entry.name) : undefined;
        if (name) files.push({ path: `${place}/anat/${entry.name}`, name });
      }
    }
  }
  return files;
}

/** The volumes of all pipelines in `derivatives`. */
export async function derivedFiles(listings: Listings, folder = "derivatives", depth = 1): Promise<BidsFile[]> {
  const files = await anatomicalFiles(listings, folder);
  if (depth > DEEPEST) return files;
  for (const name of await listings.folders(folder)) {
    if (!name.startsWith("sub-")) files.push(...await derivedFiles(listings, `${folder}/${name}`, depth + 1));
  }
  return files;
}
