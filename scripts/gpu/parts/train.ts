/**
 * A training on the card: the evaluation's protocol of the size for one, through the evaluation, which goes on where it
 * was cut off.
 *
 * @module
 */
import { fromFileUrl, join, resolve } from "@std/path";
import { format as formatBytes } from "@std/fmt/bytes";
import { UserError } from "../../../src/core/errors.ts";
import { writeAtomically } from "../../../src/core/files.ts";
import { linesOf } from "../../bench/measured_process.ts";
import { Silence } from "../silence.ts";
import type { Context, GpuCheckOptions, Part } from "../part.ts";

const EVALUATE = fromFileUrl(new URL("../../evaluate/main.ts", import.meta.url));

/** The folder of the evaluation within --out. */
export function folderOf({ activations }: Pick<GpuCheckOptions, "activations">): string {
  return activations === "float32" ? "train" : `train-${activations}`;
}

/** A training tells of rounds of pre-training and of sites only, so that it may be silent for longer. */
const PATIENCE = 12;

/** What a rehearsal trains: everything at its least, on whatever data there are. */
const SMALL = {
  data: { voxels: 4096 },
  split: { folds: 2, probe: 0, tested: 1, subjects: 4 },
  network: { baseFilters: 2, levels: 2, patchVoxels: 512 },
  schedule: { rounds: 1, stepsPerRound: 1, exchanges: 1 },
  pretrain: { volumes: 2 },
  fineTune: { steps: 1, rounds: 1 },
};

/** The evaluation's arguments. `scratch` comes first: its cells need no pre-training, so that figures come early. */
export function evaluateArguments(
  options: Pick<GpuCheckOptions, "adapter" | "activations" | "minutes" | "small" | "out"> & { dataset: string },
): string[] {
  const { dataset, adapter, activations, minutes, small, out } = options;
  const protocol = small ? join(out, "protocol.json") : "paper";
  return [
    ...["--dataset", resolve(dataset), "--protocol", protocol, "--methods", small ? "scratch" : "scratch,local,fcl"],
    ...["--labelled", "1", "--folds", "1", "--parallel", "1", "--engine", "webgpu", "--adapter", adapter],
    ...(activations === "float32" ? [] : ["--activations", activations]),
    ...(minutes === undefined || small ? [] : ["--minutes", String(minutes)]),
    ...["--out", join(out, folderOf(options))],
  ];
}

/** Bytes of a folder's files, and of those in the folders named `rounds`. */
async function sizesOf(folder: string): Promise<{ all: number; rounds: number }> {
  const sizes = { all: 0, rounds: 0 };
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isFile) sizes.all += (await Deno.stat(path)).size;
    if (!isDirectory) continue;
    const { all, rounds } = await sizesOf(path);
    sizes.all += all;
    sizes.rounds += name === "rounds" ? all : rounds;
  }
  return sizes;
}

/** What of the folder is to be carried to where the training goes on. */
export async function carriage(folder: string): Promise<string> {
  const { all, rounds } = await sizesOf(folder);
  const kept =
    `${folder} holds ${formatBytes(all - rounds)} of results and finished pre-trainings; taken elsewhere, the ` +
    "same command goes on with them";
  return rounds === 0 ? kept : `${kept}. The pre-training that is under way has ${formatBytes(rounds)} more in its ` +
    "folder rounds; where that is left behind, it begins anew and all else stays";
}

/** Passes lines on as they come; gives the last. */
async function lastSaid(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let last = "";
  for await (const line of linesOf(bytes)) {
    console.error(line);
    last = line.replace(/^error: /, "");
  }
  return last;
}

/** The part. */
export const trainPart: Part = {
  name: "train",
  title: "Training",
  note:
    "The evaluation's protocol `paper`, or what fits into --minutes; its own tables lie in the folder train, those of " +
    "activations in float16 in train-float16.",
  async run(context: Context) {
    const { options, signal } = context;
    const { dataset, small, out, minutes } = options;
    const prefix = options.activations === "float32" ? "" : `${options.activations}: `;
    const item = prefix + (minutes === undefined || small ? "protocol" : `protocol, ${minutes} min`);
    if (context.passed(item)) return;
    if (dataset === undefined) {
      return await context.add({ item, state: "skipped", says: "no --dataset was named to train on" });
    }
    await context.card();
    if (small) await writeAtomically(join(out, "protocol.json"), JSON.stringify(SMALL));
    const permissions = ["--allow-read", "--allow-write", "--allow-env", "--allow-run", "--allow-sys", "--allow-ffi"];
    using silence = new Silence(options.silence * PATIENCE, signal);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", ...permissions, EVALUATE]
        .concat(evaluateArguments({ ...options, dataset })),
      ...{ stdin: "null", stdout: "piped", stderr: "piped", signal: silence.signal },
    }).spawn();
    const fault = lastSaid(child.stderr);
    for await (const line of silence.over(linesOf(child.stdout))) {
      const [, cell, dice] = /^\[.*?\] (\S+): mean Dice ([^;]*)/.exec(line) ?? [];
      if (cell !== undefined) await context.add({ item: prefix + cell, state: "passed", says: `mean Dice ${dice}` });
      else console.log(`        ${line}`);
    }
    const { code } = await child.status;
    signal.throwIfAborted();
    if (code !== 0) {
      throw new UserError(
        "training on the card: the evaluation must come to its end; the same command goes on with it",
        {
          value: await fault || `exit code ${code}`,
        },
      );
    }
    await context.add({ item, state: "passed", says: await carriage(join(out, folderOf(options))) });
  },
};
