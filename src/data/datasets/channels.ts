/**
 * The channels of a dataset's images: what dataset.json says of them, and the files that hold them.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { MOST_CHANNELS } from "../channels.ts";
import { endingOf } from "../formats/registry.ts";
import { asRecord } from "./description.ts";

/**
 * The channels' names in their order, from the field `channel_names` (nnU-Net v2) or `modality` (the Decathlon, nnU-Net
 * v1): an object of numbers from 0 and names, or a list of names. One channel where the field is missing or of another
 * kind.
 *
 * @throws {UserError} if several are not numbered from 0, or there are too many.
 */
export function channelNames(json: Record<string, unknown>, where: string): string[] {
  const field = json.channel_names === undefined ? "modality" : "channel_names";
  const value = json[field];
  const named: Record<string, unknown> = Array.isArray(value) ? { ...value } : asRecord(value) ?? {};
  const numbers = Object.keys(named);
  const nameOf = (name: unknown, index: number) =>
    typeof name === "string" && name.trim() !== "" ? name.trim().normalize() : `channel ${index}`;
  if (numbers.length <= 1) return [nameOf(named[numbers[0]], 0)];
  const place = `${where}, field ${field}`;
  if (numbers.length > MOST_CHANNELS) {
    throw new UserError(`opening a dataset: there may be ${MOST_CHANNELS} channels`, {
      where: place,
      value: numbers.length,
    });
  }
  return numbers.map((_, index) => {
    if (Object.hasOwn(named, String(index))) return nameOf(named[String(index)], index);
    throw new UserError("opening a dataset: channels must be numbered from 0", {
      where: place,
      value: numbers.join(", "),
    });
  });
}

/** What a dataset says of its channels: nothing where there is one, as before there could be several. */
export function severalChannels(channels: readonly string[]): { channels?: readonly string[] } {
  return channels.length > 1 ? { channels } : {};
}

/** Where a case's channels are: in files of their own, or in frames of one file. */
export interface ChannelPlaces {
  /** The file of the only channel, of the first one, or of all. */
  readonly image: string;
  /** All channels' files, `image` the first. */
  readonly images?: readonly string[];
  /** How many frames the file holds. */
  readonly frames?: number;
}

/** What dataset.json says of a case's image, a file or a list of them; undefined where that cannot hold the channels. */
export function placesOf(value: unknown, channels: readonly string[]): ChannelPlaces | undefined {
  const files: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!files.every((file) => typeof file === "string")) return undefined;
  const [image] = files;
  if (files.length === 1) return { image, ...(channels.length > 1 && { frames: channels.length }) };
  return files.length === channels.length && files.length > 1 ? { image, images: files } : undefined;
}

/** How a case names what {@linkcode placesOf} reads, as a part of a sentence. */
export function placesWanted(channels: readonly string[]): string {
  if (channels.length === 1) return "its one image";
  return `its image, one file for each of the channels ${channels.join(", ")} or one of ${channels.length} frames`;
}

/** nnU-Net's file of channel `index` of a case: CASE_0001.nii.gz of CASE.nii.gz. */
export function channelFile(image: string, index: number): string {
  const ending = endingOf(image);
  return image.slice(0, image.length - ending.length) + channelSuffix(index) + ending;
}

/** What nnU-Net's files of channel `index` are called by, before their ending. */
export function channelSuffix(index: number): string {
  return `_${String(index).padStart(4, "0")}`;
}

/** A case that has not all channels. @param where the file that is missing */
export function lackingChannel(
  id: string,
  index: number,
  { channels, where }: { channels: readonly string[]; where: string },
): UserError {
  return new UserError(
    `opening a dataset: every case must have all channels (${
      channels.join(", ")
    }), and case ${id} has no file of channel ` +
      `${index}, ${channels[index]}`,
    { where },
  );
}
