/**
 * Where the time of a whole training step goes, by kernel and by layer: `deno task profile --help`.
 *
 * @module
 */

import { engineFlags } from "../../src/cli/flags/engine.ts";
import { choice, defineCommand, integer, path, toggle, type Values, withDefault } from "../../src/cli/flags/mod.ts";
import { requireWritable } from "../../src/cli/output_file.ts";
import { messageOf, UserError } from "../../src/core/errors.ts";
import { type EngineName, startEngine } from "../../src/engine/engine.ts";
import { requirePatchShape } from "../../src/model/config.ts";
import { textTable } from "../../src/display/tables/text.ts";
import { contrastive as contrastiveCase, unet } from "../bench/cases.ts";
import { describeMachine } from "../bench/machine.ts";
import { contrastive } from "../bench/workloads/contrastive.ts";
import { training } from "../bench/workloads/training.ts";
import type { Workload } from "../bench/workloads/workload.ts";
import { renderProfile } from "./_page.ts";
import { type Profile, profileOf } from "./_profile.ts";
import { bytesOf, record, type Recording, type Timing, timingOf } from "./recorder.ts";
import { tablesOf, trafficTable } from "./_tables.ts";
import { countTraffic, type Traffic } from "./traffic.ts";

const NOTES: Readonly<Record<Timing, string>> = {
  clock: "Kernels by the clock.",
  replay: "The engine may queue its work: kernels by replay, each alone and in a row on tensors of the same shapes.",
};

/** The steps that can be looked at. */
const steps = ["fine-tuning", "pre-training"] as const;

const flags = {
  engine: withDefault(engineFlags.engine, "auto"),
  threads: withDefault(engineFlags.threads, navigator.hardwareConcurrency, "all cores"),
  adapter: withDefault(engineFlags.adapter, "hardware"),
  activations: withDefault(engineFlags.activations, "float32"),
  base: withDefault(integer("N", "filters of the finest level", { from: 1 }), 16),
  extent: withDefault(integer("N", "voxels of a patch along each axis", { from: 1 }), 64),
  batch: withDefault(integer("N", "patches a step of fine-tuning", { from: 1 }), 2),
  of: withDefault(choice("STEP", steps, "which step: fine-tuning's, or contrastive pre-training's"), "fine-tuning"),
  steps: withDefault(integer("N", "recorded steps, after two that are not", { from: 1 }), 3),
  json: toggle("one line of JSON instead of tables"),
  out: path("FILE", "writes the picture and the tables as one page of HTML"),
};

type ProfileOptions = Values<typeof flags>;

/** What a profile is of, in words. */
function titleOf({ of, base, batch, extent }: ProfileOptions): string {
  if (of === "fine-tuning") return `Training step: U-Net of ${base} base filters, ${batch} x ${extent}^3`;
  const { pretrain: { volumes } } = contrastiveCase(base, extent);
  return `Pre-training step: U-Net of ${base} base filters, two views of ${volumes} x ${extent}^3`;
}

/** The step, made ready; `whole` is one after which its loss is known. */
async function open({ of, base, batch, extent }: ProfileOptions): Promise<Workload & { whole(): Promise<unknown> }> {
  if (of === "fine-tuning") {
    const workload = training({ network: unet(base), batch, extent });
    return { ...workload, whole: workload.step };
  }
  const workload = await contrastive(contrastiveCase(base, extent));
  return { ...workload, whole: () => workload.run().then(workload.settle) };
}

/** The recorded steps of a training of its own, and what one of them sends to a card and reads from it. */
async function profileTraining(
  options: ProfileOptions,
  { engine, timing }: { engine: EngineName; timing: Timing },
): Promise<Profile & { traffic?: Traffic; kernelBytes: number }> {
  const workload = await open(options);
  try {
    for (let warmUp = 0; warmUp < 2; warmUp++) await workload.whole();
    const recordings: Recording[] = [];
    for (let step = 0; step < options.steps; step++) recordings.push(await record(workload.whole, timing));
    const profile = { ...profileOf(recordings), kernelBytes: bytesOf(recordings[0]) };
    return engine === "webgpu" ? { ...profile, traffic: await countTraffic(workload.run) } : profile;
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

async function run(options: ProfileOptions): Promise<void> {
  const { base, extent, json, out } = options;
  requirePatchShape(unet(base), [extent, extent, extent], "--extent");
  if (out !== undefined) await requireWritable(out, "writing the profile");
  const { name, threads, detail, gflops } = await startEngine(options);
  const timing = timingOf(name);
  const profile = await profileTraining(options, { engine: name, timing });
  const title = titleOf(options);
  const engine = `${name} (${detail}), ${threads} thread(s), ${gflops.toFixed(0)} GFLOP/s at its start`;
  const facts = [engine, ...describeMachine(), `mean of ${profile.steps} step(s)`, new Date().toISOString()];
  if (out !== undefined) await writePage(out, renderProfile(profile, { title, facts, note: NOTES[timing] }));
  if (json) {
    console.log(JSON.stringify({ ...{ title, engine: name, detail, threads, timing }, ...profile }));
  } else {
    const { traffic, kernelBytes } = profile;
    const tables = [...tablesOf(profile), ...(traffic ? [trafficTable(traffic, kernelBytes)] : [])].flatMap((
      table,
    ) => ["", table.title, "", textTable(table)]);
    console.log([title, ...facts.map((fact) => `  ${fact}`), `  ${NOTES[timing]}`, ...tables].join("\n"));
    if (out !== undefined) console.log(`\nwrote ${out}`);
  }
}

/** The command. */
export const profile = defineCommand({
  name: "profile",
  does: "where the time of a whole training step goes, by kernel and by layer",
  notes: [
    "A training step of the U-Net with Dice + cross-entropy and AdamW, or one of pre-training on views that are drawn.",
    "With the engine webgpu also the dispatches, submissions, pipelines compiled, bytes and readbacks of a step.",
  ],
  flags,
  example: "--engine wasm --out profile.html",
  run: ({ flags }) => run(flags),
});

if (import.meta.main) await profile.main();
