/**
 * Where the time of a whole training step goes, by kernel and by layer: `deno task profile --help`.
 *
 * @module
 */

import { EXIT, parseFlags, runCommand } from "../../src/cli/command.ts";
import { messageOf, UserError } from "../../src/core/errors.ts";
import { adapterKinds, type EngineInfo, engineNames, startEngine } from "../../src/engine/engine.ts";
import { requirePatchShape } from "../../src/model/config.ts";
import { textTable } from "../../src/display/tables/text.ts";
import { oneOf, whole } from "../_flags.ts";
import { unet } from "../bench/_cases.ts";
import { describeMachine } from "../bench/_machine.ts";
import { training } from "../bench/workloads/training.ts";
import { renderProfile } from "./_page.ts";
import { type Profile, profileOf } from "./_profile.ts";
import { record, type Recording, type Timing, timingOf } from "./_recorder.ts";
import { tablesOf } from "./_tables.ts";

const USAGE =
  "profile [--engine NAME] [--threads N] [--adapter KIND] [--base N] [--extent N] [--batch N] [--steps N] " +
  "[--json] [--out FILE.html]";

const NOTES: Readonly<Record<Timing, string>> = {
  clock: "Kernels by the clock.",
  replay: "The engine may queue its work: kernels by replay, each alone and in a row on tensors of the same shapes.",
};

interface ProfileOptions {
  readonly engine: "auto" | EngineInfo["name"];
  readonly threads: number;
  readonly adapter: typeof adapterKinds[number];
  readonly base: number;
  readonly extent: number;
  readonly batch: number;
  readonly steps: number;
  readonly json: boolean;
  readonly out: string | undefined;
}

function readOptions(args: readonly string[]): ProfileOptions {
  const { flags } = parseFlags(args, {
    usage: USAGE,
    help: [
      "A training step of the U-Net with Dice + cross-entropy and AdamW, by kernel and by layer.",
      `--engine   auto or of ${engineNames.join(", ")} (auto)`,
      "--threads  (all cores)",
      `--adapter  of ${adapterKinds.join(", ")} (hardware)`,
      "--base     filters of the finest level (16)",
      "--extent   voxels of a patch along each axis (64)",
      "--batch    patches a step (2)",
      "--steps    recorded steps, after two that are not (3)",
      "--json     one line of JSON instead of tables",
      "--out      writes the picture and the tables as one page of HTML",
    ],
    boolean: ["json"],
    string: ["engine", "threads", "adapter", "base", "extent", "batch", "steps", "out"],
  });
  const text = (name: string) => flags[name] as string | undefined;
  const count = (name: string) => whole(name, text(name));
  return {
    engine: oneOf("engine", ["auto", ...engineNames] as const, text("engine") ?? "auto"),
    threads: count("threads") ?? navigator.hardwareConcurrency,
    adapter: oneOf("adapter", adapterKinds, text("adapter") ?? "hardware"),
    ...{ base: count("base") ?? 16, extent: count("extent") ?? 64, batch: count("batch") ?? 2 },
    ...{ steps: count("steps") ?? 3, json: Boolean(flags.json), out: text("out") },
  };
}

/** The recorded steps of a training of its own. */
async function profileTraining(options: ProfileOptions, timing: Timing): Promise<Profile> {
  const { base, batch, extent, steps } = options;
  const workload = training({ network: unet(base), batch, extent });
  try {
    for (let warmUp = 0; warmUp < 2; warmUp++) await workload.step();
    const recordings: Recording[] = [];
    for (let step = 0; step < steps; step++) recordings.push(await record(workload.step, timing));
    return profileOf(recordings);
  } finally {
    workload.dispose();
  }
}

async function writePage(path: string, page: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, page);
  } catch (error) {
    throw new UserError("writing the profile: the file must be writable", {
      ...{ where: "--out", value: `${path}: ${messageOf(error)}`, cause: error },
    });
  }
}

await runCommand(async () => {
  const options = readOptions(Deno.args);
  const { base, extent, batch, json, out } = options;
  requirePatchShape(unet(base), [extent, extent, extent], "--extent");
  const { name, threads, detail, gflops } = await startEngine(options);
  const timing = timingOf(name);
  const profile = await profileTraining(options, timing);
  const title = `Training step: U-Net of ${base} base filters, ${batch} x ${extent}^3`;
  const engine = `${name} (${detail}), ${threads} thread(s), ${gflops.toFixed(0)} GFLOP/s at its start`;
  const facts = [engine, ...describeMachine(), `mean of ${profile.steps} step(s)`, new Date().toISOString()];
  if (out !== undefined) await writePage(out, renderProfile(profile, { title, facts, note: NOTES[timing] }));
  if (json) {
    console.log(JSON.stringify({ ...{ title, engine: name, detail, threads, timing }, ...profile }));
  } else {
    const tables = tablesOf(profile).flatMap((table) => ["", table.title, "", textTable(table)]);
    console.log([title, ...facts.map((fact) => `  ${fact}`), `  ${NOTES[timing]}`, ...tables].join("\n"));
    if (out !== undefined) console.log(`\nwrote ${out}`);
  }
  Deno.exit(EXIT.ok);
});
