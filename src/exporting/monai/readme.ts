/**
 * `docs/README.md` of a bundle.
 *
 * @module
 */
import type { SegmentationDescription } from "../../models/description.ts";
import { classesText, preparationText } from "../_preparation_text.ts";
import { neededPackages } from "./metadata.ts";

/** How a bundle is run, and what it does otherwise than `predict`. */
export function bundleReadme(description: SegmentationDescription): string {
  const { site, dataset, channels, labels } = description;
  const packages = ["monai", ...Object.keys(neededPackages(description))].join(" ");
  const files = channels.length === 1
    ? "`input` is a NIfTI file or a folder of such files."
    : `\`input\` is a folder of NIfTI files: a case is CASE_0000.nii.gz, CASE_0001.nii.gz … for ${
      channels.join(", ")
    }, on one grid, or a file of as many frames.`;
  return [
    `# Segmentation model of ${site}, data set ${dataset}, as a MONAI bundle`,
    `\`\`\`sh\npip install ${packages}\npython -m monai.bundle run --config_file configs/inference.json ` +
    "--bundle_root . --dataset_dir input --output_dir output\n```",
    `${files} Predictions have their images' names, grids and orientations.`,
    `## What is done with a volume\n\n${preparationText(description)}`,
    "MONAI's own transforms turn volumes and predictions, choose each voxel's class and keep largest parts. " +
    "Spacing, crop and intensities are this bundle's own (`scripts/preparation.py`), because MONAI's `Spacingd`, " +
    "`CenterSpatialCropd` and `ScaleIntensityRangePercentilesd` place voxels elsewhere, do not average where voxels " +
    "get larger, and take other percentiles.",
    "What differs from `deno task predict` is where windows lie: MONAI puts them half a patch apart and the last one " +
    "at the border, `predict` spreads them evenly. In volumes that need several windows, a few voxels at the borders " +
    "of structures come out otherwise.",
    `## What comes out\n\n${classesText(labels)}`,
    "For research: it is no medical device, and nobody has approved it for decisions on patients.",
  ].join("\n\n") + "\n";
}
