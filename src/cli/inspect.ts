/**
 * `deno task inspect FILE [--json]`: a NIfTI file in seven fields.
 *
 * @module
 */
import { summariseNifti } from "../data/nifti/summary.ts";
import { parseFlags, runCommand } from "./command.ts";

/** Prints the summary of one file; `--json` as one JSON object. */
export async function inspect(args: readonly string[]): Promise<void> {
  const { positional, flags } = parseFlags(args, {
    usage: "inspect FILE [--json]",
    help: ["FILE is a .nii, .nii.gz, or either file of a .hdr/.img pair; --json prints one JSON object."],
    boolean: ["json"],
    positional: 1,
  });
  const summary = await summariseNifti(positional[0]);
  if (flags.json) {
    console.log(JSON.stringify(summary));
    return;
  }
  const rows: [string, string][] = [
    ["dims", summary.dims.join(" x ")],
    ["datatype", summary.datatype],
    ["spacing", `${summary.spacing.slice(0, 3).join(" x ")} mm`],
    ["orientation", summary.orientation],
    ["min", show(summary.min)],
    ["max", show(summary.max)],
    ["mean", show(summary.mean)],
  ];
  for (const [name, value] of rows) console.log(`${name.padEnd(12)} ${value}`);
}

function show(value: number | null): string {
  return value === null ? "none (every voxel is NaN)" : String(Number(value.toPrecision(8)));
}

if (import.meta.main) await runCommand(() => inspect(Deno.args));
