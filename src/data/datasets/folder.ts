/**
 * A plain folder of volumes without labels, for pre-training: every .nii, .nii.gz, .hdr, .mha, .mhd, .nrrd and .nhdr directly in it.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { bidsPerson } from "./case_ids.ts";
import { foreignContents, leftOut, volumeBelow } from "./contents.ts";
import type { Dataset, DatasetFormat } from "./dataset.ts";
import { caseId, Listings } from "./files.ts";
import { withOrigins } from "./tables/origins.ts";
import { folderName, requireImagesOnly } from "./unlabelled.ts";

/** See {@linkcode DatasetFormat}. */
export const folder: DatasetFormat = {
  name: "folder",
  matches: (_directory, description) => description === undefined,
  open: openFolder,
};

async function openFolder(directory: string): Promise<Dataset> {
  const listings = new Listings(directory);
  const names = await listings.volumes();
  if (names.length === 0) throw await nothingIn(listings);
  const found = names.map((name) => {
    const id = caseId(name);
    const subject = bidsPerson(id);
    return { id, image: name, ...(subject !== undefined && { subject }) };
  });
  const twice = found.find(({ id }, i) => found.findIndex((other) => other.id === id) !== i);
  if (twice) {
    throw new UserError("opening a dataset: every case must have a name of its own", {
      where: directory,
      value: twice.id,
    });
  }
  requireImagesOnly(listings, names);
  const cases = await withOrigins(listings, found);
  const notes = await leftOut(listings);
  return { name: folderName(directory), directory, format: "folder", labels: new Map(), cases, notes };
}

/** Why a folder without volumes is no dataset. */
async function nothingIn(listings: Listings): Promise<UserError> {
  const rule =
    "opening a dataset: the folder must hold a dataset.json or at least one volume (.nii, .nii.gz, .mha, .nrrd)";
  const folders = await listings.folders();
  const nnunet = folders.find((name) => /^(images|labels)tr$/i.test(name));
  if (nnunet !== undefined) {
    return new UserError(`${rule}; beside ${nnunet} a dataset.json must name the labels`, { where: listings.root });
  }
  for (const name of folders) {
    if (await listings.find(`${name}/dataset.json`) !== undefined) {
      return new UserError(`${rule}; the one in ${name} is a dataset of its own: name that folder`, {
        where: listings.root,
      });
    }
  }
  const below = await volumeBelow(listings);
  if (below !== undefined) {
    return new UserError(`${rule}, or a folder a patient with volumes; ${below} lies deeper`, {
      where: listings.root,
    });
  }
  const held = await foreignContents(listings);
  return new UserError(held === undefined ? rule : `${rule}; ${held}`, { where: listings.root });
}
