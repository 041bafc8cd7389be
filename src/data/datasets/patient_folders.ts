/**
 * A folder a patient, without labels, for pre-training: PATIENT/*.nii.gz, whatever the files are called.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { caseIds } from "./case_ids.ts";
import { leftOut } from "./contents.ts";
import type { Dataset, DatasetFormat } from "./dataset.ts";
import { Listings } from "./files.ts";
import { withOrigins } from "./tables/origins.ts";
import { folderName, requireImagesOnly } from "./unlabelled.ts";

/** See {@linkcode DatasetFormat}. */
export const patientFolders: DatasetFormat = {
  name: "patient-folders",
  matches: arePatientFolders,
  open: openPatientFolders,
};

/** Folders that other layouts have beside a dataset.json. */
const OTHERS = /^(images|labels)t[rs]$/i;

async function arePatientFolders(directory: string, description: unknown): Promise<boolean> {
  if (description !== undefined) return false;
  const listings = new Listings(directory);
  if ((await listings.volumes()).length > 0) return false;
  const folders = await listings.folders();
  if (folders.some((name) => OTHERS.test(name))) return false;
  for (const name of folders) {
    if (await listings.find(`${name}/dataset.json`) !== undefined) return false; // a dataset of its own
  }
  return (await imagesBelow(listings)).length > 0;
}

/** The volumes directly in the folders, from the dataset's. */
async function imagesBelow(listings: Listings): Promise<string[]> {
  const images: string[] = [];
  for (const name of await listings.folders()) {
    images.push(...(await listings.volumes(name)).map((file) => `${name}/${file}`));
  }
  return images;
}

async function openPatientFolders(directory: string): Promise<Dataset> {
  const listings = new Listings(directory);
  const images = await imagesBelow(listings);
  requireImagesOnly(listings, images);
  await requireNothingDeeper(listings);
  const ids = caseIds(images, directory);
  const found = images.map((image, i) => ({ id: ids[i], image, subject: image.replace(/\/.*/, "").normalize() }));
  const cases = await withOrigins(listings, found);
  const notes: string[] = [];
  for (const patient of await listings.folders()) notes.push(...await leftOut(listings, patient));
  return { name: folderName(directory), directory, format: "patient-folders", labels: new Map(), cases, notes };
}

/** @throws {UserError} if a patient's folder has volumes in folders of its own: whose are they? */
async function requireNothingDeeper(listings: Listings): Promise<void> {
  for (const patient of await listings.folders()) {
    for (const below of await listings.folders(patient)) {
      const [name] = await listings.volumes(`${patient}/${below}`);
      if (name === undefined) continue;
      throw new UserError("opening a dataset: without a dataset.json, volumes must lie in PATIENT/ and no deeper", {
        where: listings.path(`${patient}/${below}/${name}`),
      });
    }
  }
}
