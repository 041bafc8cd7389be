/**
 * Images of several channels: co-registered volumes of one subject, such as T1 and T2, that a network sees together.
 *
 * Volumes and patches have them one after another, [channel, z, y, x], so that each is a volume of its own to whatever
 * works on one; tensors have them last, as convolutions do.
 *
 * @module
 */
import type { CaseReference, Dataset } from "./datasets/dataset.ts";

/** The most channels that an image may have. */
export const MOST_CHANNELS = 64;

/** How many channels a dataset's images have. */
export function channelCount({ channels = [] }: Pick<Dataset, "channels">): number {
  return Math.max(1, channels.length);
}

/** Where one channel of a case's image is stored. */
export interface ChannelFile {
  readonly path: string;
  /** Which of the file's 3D frames it is, where the file has several. */
  readonly frame?: number;
}

/** Where a case's channels are stored, in their order. */
export function channelFilesOf(
  { image, images, frames = 1 }: Pick<CaseReference, "image" | "images" | "frames">,
): readonly ChannelFile[] {
  if (images) return images.map((path) => ({ path }));
  if (frames === 1) return [{ path: image }];
  return Array.from({ length: frames }, (_, frame) => ({ path: image, frame }));
}

/** The files of a case's image, each once. */
export function imageFilesOf({ image, images = [image] }: Pick<CaseReference, "image" | "images">): readonly string[] {
  return images;
}

/** The channels that all cases have; of no cases 1. @throws {RangeError} if they are not as many. */
export function channelsOfCases(cases: readonly { id: string; channels: number }[]): number {
  const [first] = cases;
  const other = cases.find(({ channels }) => channels !== first.channels);
  if (!other) return first?.channels ?? 1;
  const has = ({ id, channels }: typeof other) => `${id} ${channels}`;
  throw new RangeError(`all cases must have as many channels, got ${has(first)} and ${has(other)}`);
}

/**
 * Writes an image as tensors have it to its place among others.
 *
 * @param image [channel, z, y, x]
 * @param values [..., z, y, x, channel]
 * @param offset of the image's first value
 */
export function writeChannelsLast(image: Float32Array, channels: number, values: Float32Array, offset: number): void {
  if (channels === 1) return values.set(image, offset);
  const voxels = image.length / channels;
  for (let channel = 0, from = 0; channel < channels; channel++) {
    for (let i = 0, to = offset + channel; i < voxels; i++, to += channels) values[to] = image[from++];
  }
}

/** One channel of an image [channel, z, y, x], in the same memory. */
export function channelOf(image: Float32Array, index: number, channels: number): Float32Array {
  const voxels = image.length / channels;
  return channels === 1 ? image : image.subarray(index * voxels, (index + 1) * voxels);
}
