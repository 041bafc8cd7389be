/**
 * nnU-Net's raw layout, version 2: imagesTr/CASE_0000.nii.gz, a file a channel, labelsTr/CASE.nii.gz, and labels by name in
 * dataset.json, whose field `dataset` may list each case's files instead.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { foreignByName } from "../foreign_formats.ts";
import { endingOf } from "../formats/registry.ts";
import { notesOfPersons } from "./case_ids.ts";
import { channelNames, placesOf, placesWanted, severalChannels } from "./channels.ts";
import { findListed, type ListedCase } from "./_listed.ts";
import { casesOfFolders } from "./_nnunet_folders.ts";
import type { Dataset, DatasetFormat } from "./dataset.ts";
import { asRecord, checkNumTraining, nameOf, parseLabels } from "./description.ts";
import { Listings } from "./files.ts";
import { withOrigins } from "./tables/origins.ts";
import { testImages } from "./test_images.ts";

/** See {@linkcode DatasetFormat}. */
export const nnunet: DatasetFormat = {
  name: "nnunet",
  matches: (_directory, description) => {
    const json = asRecord(description);
    const listsNone = json?.training === undefined || (Array.isArray(json.training) && json.training.length === 0);
    return json !== undefined && listsNone && asRecord(json.labels) !== undefined;
  },
  open: openNnunet,
};

async function openNnunet(directory: string, description: unknown): Promise<Dataset> {
  const where = `${directory}/dataset.json`;
  const json = asRecord(description)!;
  const channels = channelNames(json, where);
  const scheme = parseLabels(json, where, "by name");
  const listings = new Listings(directory);
  const ending = json.file_ending === undefined ? await usualEnding(listings) : fileEnding(json.file_ending, where);
  const { cases: found, notes } = json.dataset === undefined
    ? await casesOfFolders(listings, ending, channels)
    : { cases: await findListed(listings, listedCases(json.dataset, channels, where), { where, channels }), notes: [] };
  checkNumTraining(json, found, where);
  const ofChannel = channels.length > 1 ? /_\d{4}(?=\.)/ : /_0000(?=\.)/;
  const others = (await testImages(listings, json)).map((name) => name.replace(ofChannel, ""));
  const cases = await withOrigins(listings, found, { others });
  return {
    name: nameOf(json),
    directory,
    format: "nnunet",
    ...scheme,
    ...severalChannels(channels),
    cases,
    notes: [...notes, ...notesOfPersons(found, cases)],
  };
}

/** Of files that are a volume each. */
const ENDINGS = [".nii.gz", ".nii", ".mha", ".mhd", ".nrrd", ".nhdr"];
const USUAL_ENDING = ".nii.gz";

/** What the images' names end in where the description does not say. */
async function usualEnding(listings: Listings): Promise<string> {
  const folder = await listings.find("imagesTr");
  const names = folder === undefined ? [] : await listings.volumes(folder);
  const [ending = USUAL_ENDING, ...others] = new Set(names.map((name) => endingOf(name).toLowerCase()));
  return others.length === 0 ? ending : USUAL_ENDING;
}

function fileEnding(ending: unknown, where: string): string {
  if (typeof ending === "string") {
    const plain = ending.toLowerCase().replace(/^\.?/, ".");
    if (ENDINGS.includes(plain)) return plain;
  }
  const foreign = typeof ending === "string" ? foreignByName(ending) : undefined;
  const how = foreign ? `; ${foreign.name} is not read: ${foreign.convert}` : "";
  throw new UserError(`opening a dataset: file_ending must be one of ${ENDINGS.join(", ")}${how}`, {
    where,
    value: JSON.stringify(ending),
  });
}

/** The field `dataset`. @throws {UserError} naming the entry that has not an image of every channel. */
function listedCases(dataset: unknown, channels: readonly string[], where: string): ListedCase[] {
  const entries = asRecord(dataset);
  if (!entries) {
    throw new UserError("opening a dataset: the field must be an object of cases", {
      where: `${where}, field dataset`,
    });
  }
  return Object.entries(entries).map(([id, entry]) => {
    const { images, label } = asRecord(entry) ?? {};
    const places = placesOf(images, channels);
    if (!places || !(typeof label === "string" || label === undefined || label === null)) {
      const rule = `a case must name ${placesWanted(channels)}, in the list images, and its label`;
      throw new UserError(`opening a dataset: ${rule}`, {
        where: `${where}, field dataset.${id}`,
        value: JSON.stringify(entry),
      });
    }
    return { id, ...places, ...(typeof label === "string" && { label }) };
  });
}
