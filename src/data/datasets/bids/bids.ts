/**
 * The Brain Imaging Data Structure: `sub-01/[ses-1/]anat/sub-01_ses-1_T1w.nii.gz`, segmentations in `derivatives`, and
 * the persons' sites in participants.tsv.
 *
 * @module
 */
import { UserError } from "../../../core/errors.ts";
import { readJsonIfThere } from "../../../core/text_files.ts";
import { foreignContents } from "../contents.ts";
import type { Dataset, DatasetFormat } from "../dataset.ts";
import { asRecord } from "../description.ts";
import { Listings } from "../files.ts";
import { withOrigins } from "../tables/origins.ts";
import { folderName } from "../unlabelled.ts";
import { anatomicalFiles, type BidsFile, derivedFiles, personFolders } from "./files.ts";
import { findLabels } from "./labels.ts";

/** See {@linkcode DatasetFormat}. */
export const bids: DatasetFormat = { name: "bids", matches: isBids, open: openBids };

const DESCRIPTION = "dataset_description.json";

/** Suffixes of what is drawn on images or computed from them. */
const NO_IMAGES = new Set(["dseg", "mask", "probseg", "defacemask", "seg"]);

/** Of several kinds of image the one that is taken. */
const PREFERRED = "T1w";

/** Files or folders named in a sentence. */
const SHOWN = 3;

async function isBids(directory: string, description: unknown): Promise<boolean> {
  if (description !== undefined) return false;
  const listings = new Listings(directory);
  if (await listings.find(DESCRIPTION) !== undefined) return true;
  for (const person of await personFolders(listings)) {
    if ((await listings.folders(person)).some((name) => name === "anat" || name.startsWith("ses-"))) return true;
  }
  return false;
}

async function openBids(directory: string): Promise<Dataset> {
  const listings = new Listings(directory);
  const own = await anatomicalFiles(listings);
  const { images, left } = await chooseImages(own, listings);
  const { byImage, strays, ...scheme } = await findLabels(listings, images, [...own, ...await derivedFiles(listings)]);
  const found = images.map(({ path, name: { stem, entities } }) => ({
    id: stem,
    subject: `sub-${entities.get("sub")}`,
    image: path,
    ...(byImage.has(path) && { label: byImage.get(path)! }),
  }));
  const cases = await withOrigins(listings, found, { others: await personFolders(listings) });
  const unlabelled = byImage.size === 0 ? [] : images.filter(({ path }) => !byImage.has(path)).map(({ path }) => path);
  const notes = [
    ...note(left, `left out for want of the suffix ${images[0].name.suffix}`),
    ...note(strays, "left out as segmentations of no image"),
    ...note(unlabelled, "without a segmentation"),
  ];
  const description = await readJsonIfThere(`${directory}/${DESCRIPTION}`, {
    doing: "opening a dataset",
    what: DESCRIPTION,
  });
  const name = asRecord(description)?.Name;
  return {
    name: typeof name === "string" && name !== "" ? name : folderName(directory),
    directory,
    format: "bids",
    ...scheme,
    cases,
    notes,
  };
}

/** The images of one kind. @throws {UserError} if there are none, or of several kinds none is the preferred one. */
async function chooseImages(
  files: readonly BidsFile[],
  listings: Listings,
): Promise<{ images: BidsFile[]; left: string[] }> {
  const all = files.filter(({ name }) => !NO_IMAGES.has(name.suffix) && name.entities.has("sub"));
  const kinds = [...Map.groupBy(all, ({ name }) => name.suffix)];
  const [kind, images] = kinds.length === 1 ? kinds[0] : kinds.find(([suffix]) => suffix === PREFERRED) ?? [];
  if (kinds.length === 0) {
    const held = await foreignContents(listings);
    throw new UserError(
      `opening a dataset: a BIDS dataset must hold images sub-*/anat/sub-*_${PREFERRED}.nii.gz${
        held ? `; ${held}` : ""
      }`,
      { where: listings.root },
    );
  }
  if (images === undefined) {
    throw new UserError(
      `opening a dataset: of several kinds of image one must be ${PREFERRED}; leave one kind in the folder`,
      { where: listings.root, value: kinds.map(([suffix, { length }]) => `${length} ${suffix}`).join(", ") },
    );
  }
  const left = all.filter(({ name }) => name.suffix !== kind).map(({ path }) => path);
  return { images, left };
}

function note(paths: readonly string[], what: string): string[] {
  if (paths.length === 0) return [];
  const files = paths.length === 1 ? "1 file" : `${paths.length} files`;
  return [`${files} ${what}: ${paths.slice(0, SHOWN).join(", ")}${paths.length > SHOWN ? ", …" : ""}`];
}
