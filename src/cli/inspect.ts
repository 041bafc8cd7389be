/**
 * `deno task inspect FILE [--json]`: what a volume's file holds.
 *
 * @module
 */
import { framesOf } from "../data/nifti/header.ts";
import { summariseVolume, type VolumeSummary } from "../data/formats/summary.ts";
import { defineCommand, needed, path } from "./flags/mod.ts";
import { json } from "./flags/shared.ts";

function show(value: number | null): string {
  return value === null ? "none (no voxel is finite)" : String(Number(value.toPrecision(8)));
}

function describe(summary: VolumeSummary): string {
  const { dims, datatype, spacing, orientation, min, max, mean, notFinite, remarks } = summary;
  const { nan, plusInfinity, minusInfinity } = notFinite;
  const frames = framesOf({ dims });
  const odd = nan + plusInfinity + minusInfinity;
  const rows: [string, string][] = [
    ["dims", dims.join(" x ")],
    ["datatype", datatype],
    ["spacing", `${spacing.slice(0, 3).join(" x ")} mm`],
    ["orientation", orientation],
    ["min", show(min)],
    ["max", show(max)],
    ["mean", show(mean)],
  ];
  if (frames > 1) rows.splice(1, 0, ["frames", `${frames}: channels where dataset.json names as many`]);
  if (odd > 0) rows.push(["not finite", `${nan} NaN, ${plusInfinity} +infinity, ${minusInfinity} -infinity`]);
  for (const remark of remarks) rows.push(["note", remark]);
  return rows.map(([name, value]) => `${name.padEnd(12)} ${value}`).join("\n");
}

/** The command. */
export const inspect = defineCommand({
  name: "inspect",
  does: "what a volume's file holds: dims, datatype, spacing, orientation, minimum, maximum and mean",
  arguments: {
    file: needed(path("FILE", "a .nii, .nii.gz, .mha, .mhd, .nrrd or .nhdr, or either file of a .hdr/.img pair")),
  },
  flags: { json },
  example: "volume.nii.gz",
  async run({ arguments: { file }, flags: { json } }) {
    const summary = await summariseVolume(file);
    console.log(json ? JSON.stringify(summary) : describe(summary));
  },
});

if (import.meta.main) await inspect.main();
