/**
 * `configs/metadata.json`: what a bundle says of itself
 * (https://monai.readthedocs.io/en/stable/mb_specification.html).
 *
 * @module
 */
import type { SegmentationDescription } from "../../models/description.ts";

/** The versions that bundles are tried with. */
const TRIED = { monai_version: "1.6.1", pytorch_version: "2.15.0", numpy_version: "2.4.6" };

/** The packages that a bundle needs beside these, with the versions it is tried with. */
const NEEDED = { fire: "0.7.1", nibabel: "5.4.2", "pytorch-ignite": "0.5.5" };
/** To keep the largest part of a structure. */
const LARGEST = { "scikit-image": "0.26.0" };

/** A version of the bundle's own, for there is one export of a model. */
const VERSION = "1.0.0";

/** Whether only the largest part of some structure is kept. */
const keepsLargest = ({ prediction: { singleParts: { kept, values } } }: SegmentationDescription) =>
  kept && values.length > 0;

/** The packages that must be installed. */
export function neededPackages(description: SegmentationDescription): Record<string, string> {
  return { ...NEEDED, ...(keepsLargest(description) && LARGEST) };
}

/** The metadata. */
export function bundleMetadata(description: SegmentationDescription): Record<string, unknown> {
  const { site, dataset, channels, labels, patch, weights, writtenAt } = description;
  const volume = { type: "image", spatial_shape: patch, dtype: "float32", is_patch_data: true };
  const numbered = (names: readonly string[]) => Object.fromEntries(names.map((name, index) => [index, name]));
  const structures = Object.values(labels);
  return {
    schema: "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/meta_schema_20240725.json",
    version: VERSION,
    changelog: { [VERSION]: `written by ${site}, ${writtenAt}, exported from weights ${weights.sha256}` },
    ...TRIED,
    required_packages_version: neededPackages(description),
    name: `${site}, ${dataset}`,
    task: `segmentation of ${structures.join(", ")}`,
    description: "A 3D U-Net, trained peer to peer by syncytium",
    authors: site,
    copyright: site,
    data_source: dataset,
    data_type: "nibabel",
    intended_use: "For research: it is no medical device, and nobody has approved it for decisions on patients",
    network_data_format: {
      inputs: {
        image: {
          ...volume,
          ...{ format: "magnitude", modality: "n/a", num_channels: channels.length, value_range: [] },
          channel_def: numbered(channels),
        },
      },
      outputs: {
        pred: {
          ...volume,
          ...{ format: "probabilities", num_channels: structures.length + 1, value_range: [0, 1] },
          channel_def: numbered(["background", ...structures]),
        },
      },
    },
  };
}
