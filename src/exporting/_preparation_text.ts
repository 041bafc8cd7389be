/** How the volumes must be prepared that an exported network sees, for the pages that go with it. */
import { markdownTable } from "../display/tables/markdown.ts";
import { patchDivisor } from "../model/config.ts";
import type { ModelDescription } from "../models/description.ts";

/** What the network reads, as lines of a list. */
export function preparationText({ preparation, channels, patch, network }: ModelDescription): string {
  const { spacing, crop, fieldOfView, sliceSpacing, normalisation: { percentiles, airShare } } = preparation;
  const named = channels.length === 1 ? "one channel" : `the channels ${channels.join(", ")}, in this order`;
  const lines = [
    `axes [batch, channel, z, y, x], ${named}; x grows to the right, y to the front, z to the top (RAS)`,
    ...(fieldOfView === undefined ? [] : [
      `a file's voxel size is replaced: the longer side of every slice is ${fieldOfView} mm` +
      (sliceSpacing === undefined ? "" : `, slices are ${sliceSpacing} mm apart`),
    ]),
    spacing === null
      ? "voxels as each file has them"
      : `voxels of ${spacing.join(" x ")} mm (x, y, z): the nearest number of voxels that keeps the volume's extent, ` +
        "linear interpolation, by a triangle as wide as the new voxels where they are the larger ones",
    ...(crop ? [`of this, ${crop.join(" x ")} mm (x, y, z) about the middle; the rest is background`] : []),
    `each channel by itself: values that are no number become the smallest, all are clipped to the percentiles ` +
    `${percentiles.join(" and ")} and brought to mean 0 and standard deviation 1; where ${100 * airShare} % of the ` +
    "voxels or more are exactly 0, the upper percentile, mean and deviation are those of the others",
    `patches of ${patch.join(" x ")} voxels (z, y, x) were trained with; any multiples of ` +
    `${patchDivisor(network).join(" x ")} can be read`,
  ];
  return lines.map((line) => `- ${line}`).join("\n");
}

/** What comes out: which class is which label. */
export function classesText(labels: Readonly<Record<string, string>>): string {
  const named: [string, string][] = [["0", "background"], ...Object.entries(labels)];
  const rows = named.map(([value, name], index) => [String(index), value, name]);
  return markdownTable({ header: ["class", "label value", "structure"], names: 3, rows });
}
