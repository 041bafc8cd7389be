/**
 * nnU-Net v1's raw layout: the Decathlon's dataset.json, which lists imagesTr/CASE.nii.gz where the file of the first
 * channel is called imagesTr/CASE_0000.nii.gz.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { notesOfPersons } from "./case_ids.ts";
import { findListed } from "./_listed.ts";
import type { Dataset, DatasetFormat } from "./dataset.ts";
import { asRecord, checkNumTraining, nameOf, parseLabels } from "./description.ts";
import { Listings } from "./files.ts";
import { trainingCases } from "./msd.ts";
import { requireOneChannel } from "./nnunet_channels.ts";
import { withOrigins } from "./tables/origins.ts";
import { testImages } from "./test_images.ts";

/** See {@linkcode DatasetFormat}. */
export const nnunetV1: DatasetFormat = {
  name: "nnunet-v1",
  matches: isNnunetV1,
  open: openNnunetV1,
};

/** The file of a case's first channel. */
function firstChannel(image: string): string {
  return image.replace(/(\.nii(\.gz)?)?$/i, (ending) => `_0000${ending}`);
}

async function isNnunetV1(directory: string, description: unknown): Promise<boolean> {
  const [first] = (asRecord(description)?.training as unknown[] | undefined) ?? [];
  const image = asRecord(first)?.image;
  if (typeof image !== "string" || image.split(/[\\/]/).includes("..")) return false;
  const listings = new Listings(directory);
  return await listings.find(image) === undefined && await listings.find(firstChannel(image)) !== undefined;
}

async function openNnunetV1(directory: string, description: unknown): Promise<Dataset> {
  const where = `${directory}/dataset.json`;
  const json = asRecord(description)!;
  requireOneChannel(json, where);
  const scheme = parseLabels(json, where, "by value");
  const listed = trainingCases(json, where);
  checkNumTraining(json, listed, where);
  const listings = new Listings(directory);
  const found = await findListed(listings, listed, { where, imagePaths: (named) => [firstChannel(named), named] });
  for (const { image } of found) {
    const second = image.replace(/_0000(\.[^/]*)?$/, "_0001$1");
    if (second !== image && await listings.find(second) !== undefined) {
      throw new UserError("opening a dataset: images must have one channel; keep CASE_0000 only", {
        where: listings.path(second),
      });
    }
  }
  const named = found.map((each) => ({ ...each, id: each.id.replace(/_0000$/, "") }));
  const cases = await withOrigins(listings, named, { others: await testImages(listings, json) });
  const notes = notesOfPersons(named, cases);
  return { name: nameOf(json), directory, format: "nnunet-v1", ...scheme, cases, notes };
}
