/**
 * `deno task inspect FILE [--json]`: a NIfTI file in seven fields.
 *
 * @module
 */
import { type NiftiSummary, summariseNifti } from "../data/nifti/summary.ts";
import { defineCommand, needed, path } from "./flags/mod.ts";
import { json } from "./flags/shared.ts";

function show(value: number | null): string {
  return value === null ? "none (every voxel is NaN)" : String(Number(value.toPrecision(8)));
}

function describe({ dims, datatype, spacing, orientation, min, max, mean }: NiftiSummary): string {
  const rows: [string, string][] = [
    ["dims", dims.join(" x ")],
    ["datatype", datatype],
    ["spacing", `${spacing.slice(0, 3).join(" x ")} mm`],
    ["orientation", orientation],
    ["min", show(min)],
    ["max", show(max)],
    ["mean", show(mean)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(12)} ${value}`).join("\n");
}

/** The command. */
export const inspect = defineCommand({
  name: "inspect",
  does: "what a NIfTI file holds: dims, datatype, spacing, orientation, minimum, maximum and mean",
  arguments: { file: needed(path("FILE", "a .nii, .nii.gz, or either file of a .hdr/.img pair")) },
  flags: { json },
  example: "volume.nii.gz",
  async run({ arguments: { file }, flags: { json } }) {
    const summary = await summariseNifti(file);
    console.log(json ? JSON.stringify(summary) : describe(summary));
  },
});

if (import.meta.main) await inspect.main();
