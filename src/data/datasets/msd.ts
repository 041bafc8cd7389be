/**
 * The layout of the Medical Segmentation Decathlon: dataset.json lists the training pairs and names labels by value.
 * Where `modality` names several channels, they are the frames of each image file, or files of their own.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { notesOfPersons } from "./case_ids.ts";
import { channelNames, placesOf, placesWanted, severalChannels } from "./channels.ts";
import { findListed, type ListedCase } from "./_listed.ts";
import type { Dataset, DatasetFormat } from "./dataset.ts";
import { asRecord, checkNumTraining, nameOf, parseLabels } from "./description.ts";
import { Listings } from "./files.ts";
import { withOrigins } from "./tables/origins.ts";
import { testImages } from "./test_images.ts";

/** See {@linkcode DatasetFormat}. */
export const msd: DatasetFormat = {
  name: "msd",
  matches: (_directory, description) => {
    const { training, channel_names } = asRecord(description) ?? {};
    // nnU-Net's version 2 reads its folders, whatever a converted description still lists
    return Array.isArray(training) && (training.length > 0 || channel_names === undefined);
  },
  open: openMsd,
};

async function openMsd(directory: string, description: unknown): Promise<Dataset> {
  const where = `${directory}/dataset.json`;
  const json = asRecord(description)!;
  const channels = channelNames(json, where);
  const listed = trainingCases(json, channels, where);
  const hasNone = json.labels === undefined && listed.every(({ label }) => label === undefined);
  const scheme = hasNone ? { labels: new Map() } : parseLabels(json, where, "by value");
  checkNumTraining(json, listed, where);
  const listings = new Listings(directory);
  const found = await findListed(listings, listed, { where, channels });
  const cases = await withOrigins(listings, found, { others: await testImages(listings, json) });
  return {
    name: nameOf(json),
    directory,
    format: "msd",
    ...scheme,
    ...severalChannels(channels),
    cases,
    notes: notesOfPersons(found, cases),
  };
}

/** The field `training`. @throws {UserError} naming the entry that has no image, or not that of every channel. */
export function trainingCases(
  json: Record<string, unknown>,
  channels: readonly string[],
  where: string,
): ListedCase[] {
  return (json.training as unknown[]).map((entry, index) => {
    const { image, label } = asRecord(entry) ?? {};
    const places = placesOf(image, channels);
    if (!places || !(typeof label === "string" || label === undefined || label === null)) {
      const rule = `a training case must name ${placesWanted(channels)} and its label`;
      throw new UserError(`opening a dataset: ${rule}`, {
        where: `${where}, field training[${index}]`,
        value: JSON.stringify(entry),
      });
    }
    return { ...places, ...(typeof label === "string" && { label }) };
  });
}
