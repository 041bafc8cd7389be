/**
 * nnU-Net v1's raw layout: the Decathlon's dataset.json, which lists imagesTr/CASE.nii.gz where the files are called
 * imagesTr/CASE_0000.nii.gz, one a channel of the field `modality`.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { notesOfPersons } from "./case_ids.ts";
import { channelFile, channelNames, channelSuffix, severalChannels } from "./channels.ts";
import { findListed, type ListedCase } from "./_listed.ts";
import type { Dataset, DatasetFormat } from "./dataset.ts";
import { asRecord, checkNumTraining, nameOf, parseLabels } from "./description.ts";
import { Listings } from "./files.ts";
import { trainingCases } from "./msd.ts";
import { withOrigins } from "./tables/origins.ts";
import { testImages } from "./test_images.ts";

/** See {@linkcode DatasetFormat}. */
export const nnunetV1: DatasetFormat = {
  name: "nnunet-v1",
  matches: isNnunetV1,
  open: openNnunetV1,
};

/** A listed case with the files of all channels. */
function withChannels(listed: ListedCase, channels: readonly string[]): ListedCase {
  const images = channels.map((_, index) => channelFile(listed.image, index));
  const { image: _, frames: __, ...others } = listed;
  return channels.length === 1 ? listed : { ...others, image: images[0], images };
}

async function isNnunetV1(directory: string, description: unknown): Promise<boolean> {
  const [first] = (asRecord(description)?.training as unknown[] | undefined) ?? [];
  const image = asRecord(first)?.image;
  if (typeof image !== "string" || image.split(/[\\/]/).includes("..")) return false;
  const listings = new Listings(directory);
  return await listings.find(image) === undefined && await listings.find(channelFile(image, 0)) !== undefined;
}

async function openNnunetV1(directory: string, description: unknown): Promise<Dataset> {
  const where = `${directory}/dataset.json`;
  const json = asRecord(description)!;
  const channels = channelNames(json, where);
  const scheme = parseLabels(json, where, "by value");
  const listed = trainingCases(json, channels, where).map((each) => withChannels(each, channels));
  checkNumTraining(json, listed, where);
  const listings = new Listings(directory);
  const imagePaths = channels.length > 1 ? undefined : (named: string) => [channelFile(named, 0), named];
  const found = await findListed(listings, listed, { where, channels, imagePaths });
  for (const { image } of found) {
    const further = image.replace(/_0000(\.[^/]*)?$/, `${channelSuffix(channels.length)}$1`);
    if (further !== image && await listings.find(further) !== undefined) {
      throw new UserError(
        `opening a dataset: the field modality must name every channel, and it names ${channels.length}`,
        { where: listings.path(further) },
      );
    }
  }
  const named = found.map((each) => ({ ...each, id: each.id.replace(/_0000$/, "") }));
  const cases = await withOrigins(listings, named, { others: await testImages(listings, json) });
  const notes = notesOfPersons(named, cases);
  return { name: nameOf(json), directory, format: "nnunet-v1", ...scheme, ...severalChannels(channels), cases, notes };
}
