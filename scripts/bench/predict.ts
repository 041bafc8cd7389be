/**
 * How fast a kept model is applied to a file, against PyTorch with the same weights: `deno task bench predict --help`.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { choice, defineCommand, integer, text, withDefault } from "../../src/cli/flags/mod.ts";
import { engineFlags } from "../../src/cli/flags/engine.ts";
import { Rng } from "../../src/core/rng.ts";
import { messageOf } from "../../src/core/errors.ts";
import { median } from "../../src/core/statistics.ts";
import { NORMALISATION } from "../../src/data/normalise.ts";
import { readVolume } from "../../src/data/formats/read.ts";
import { writeNifti } from "../../src/data/nifti/write.ts";
import { markdownTable } from "../../src/display/tables/markdown.ts";
import { engineNames, startEngine } from "../../src/engine/engine.ts";
import { planPool } from "../../src/model/config.ts";
import { UNet } from "../../src/model/unet.ts";
import { readWeights } from "../../src/model/weights.ts";
import { writeModel } from "../../src/models/folder.ts";
import deno from "../../deno.json" with { type: "json" };
import { type Description, MeasuredProcess, type RunAnswer } from "./measured_process.ts";
import { PYTORCH } from "./figures.ts";
import { repeats } from "./_options.ts";
import { takeTurns, type Turns } from "./turns.ts";
import { describeMachine } from "./machine.ts";
import type { PredictTask } from "./predict_process.ts";

const here = (file: string) => fromFileUrl(new URL(file, import.meta.url));
const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys", "--allow-ffi"];
const PATCH = [64, 64, 64] as const;
const LEVELS = 4;
const LABELS = { 1: "one", 2: "two", 3: "three" };

/** Keeps a network with random weights. */
async function makeModel(folder: string, { base, seed }: { base: number; seed: number }): Promise<void> {
  const pool = planPool(PATCH, { levels: LEVELS });
  const network = { classes: 4, baseFilters: base, levels: LEVELS, norm: "instance", pool } as const;
  await startEngine({ engine: "wasm" });
  const unet = new UNet(network, new Rng(seed));
  await writeModel(folder, {
    ...{ kind: "segmentation", site: "bench", dataset: "noise", writtenAt: new Date().toISOString() },
    ...{ network, patch: PATCH, channels: ["image"], labels: LABELS, dice: null },
    preparation: { orientation: "RAS", spacing: null, normalisation: NORMALISATION },
    training: {
      ...{ method: "scratch", rounds: 0, stepsPerRound: 0, members: [] },
      cases: { training: 0, labelled: 0, test: 0 },
    },
    prediction: { mirror: { trained: [], tested: [] }, singleParts: { values: [], kept: false } },
    versions: { syncytium: deno.version, deno: Deno.version.deno, tfjs: "any" },
  }, await readWeights(unet.variables));
  unet.dispose();
}

/** A packed file of int16 voxels of 1 mm: blobs and noise. */
async function makeImage(path: string, { extent, seed }: { extent: number; seed: number }): Promise<void> {
  const rng = new Rng(seed);
  const data = Float32Array.from({ length: extent ** 3 }, (_, i) => {
    const [x, y, z] = [i % extent, Math.floor(i / extent) % extent, Math.floor(i / extent ** 2)];
    return Math.round(200 + 100 * Math.sin(x / 9) * Math.sin(y / 7) * Math.cos(z / 11) + 20 * rng.normal());
  });
  const affine = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];
  await writeNifti(path, {
    ...{ data, dims: [extent, extent, extent], spacing: [1, 1, 1], affine, orientation: "RAS", datatype: "int16" },
  }, { datatype: "int16" });
}

/** The share of voxels to which both files give the same label. */
async function agreement(one: string, other: string): Promise<number> {
  const [a, b] = [await readVolume(one), await readVolume(other)];
  let same = 0;
  for (let i = 0; i < a.data.length; i++) if (a.data[i] === b.data[i]) same++;
  return same / a.data.length;
}

/** Starts a process and asks what it is. @returns why it cannot take part, if so. */
async function startOne(
  name: string,
  command: readonly [string, ...string[]],
  { processes, described }: { processes: MeasuredProcess[]; described: Map<string, Description> },
): Promise<string | undefined> {
  let started: MeasuredProcess | undefined;
  try {
    started = MeasuredProcess.start(name, command);
    described.set(name, await started.ask<Description>({ do: "describe" }));
    processes.push(started);
  } catch (error) {
    await started?.stop();
    return messageOf(error);
  }
}

function row(name: string, { detail, threads }: Description, { milliseconds, memory }: Turns, voxels: number) {
  const seconds = median(milliseconds) / 1000;
  return [
    ...[name, detail, String(threads), seconds.toFixed(2), (voxels / seconds / 1e3).toFixed(0)],
    (memory[1].peakBytes / 2 ** 20).toFixed(0),
  ];
}

/** The command. */
export const benchPredict = defineCommand({
  name: "bench predict",
  does: "how fast a kept model is applied to a file, against PyTorch with the same weights",
  notes: [
    "Both read the file, normalise it, predict it by windows that overlap by half, and write the labels, in turns.",
    "PyTorch needs numpy and nibabel beside it. Starting the processes does not count.",
  ],
  flags: {
    engine: withDefault(choice("NAME", ["auto", ...engineNames]), "auto"),
    threads: withDefault(engineFlags.threads, navigator.hardwareConcurrency, "all cores"),
    extent: withDefault(integer("N", "voxels along each axis of the file", { from: 64, to: 512 }), 160),
    base: withDefault(integer("N", "channels of the network's finest level", { from: 1, to: 64 }), 16),
    repeats,
    python: { ...text("FILE", "where PyTorch is looked for"), shown: "the variable PYTHON, or python3" },
    seed: withDefault(integer("N", "of weights and file", { from: 0 }), 1),
  },
  example: "--extent 128 --engine wasm",
  async run({ flags: { engine, threads, extent, base, repeats, seed, ...flags }, args }) {
    const python = flags.python ?? Deno.env.get("PYTHON") ?? "python3";
    const startedAt = new Date().toISOString(), machine = describeMachine();
    const directory = await Deno.makeTempDir({ prefix: "syncytium-predict-" });
    const [model, image] = [join(directory, "model"), join(directory, "image.nii.gz")];
    const outputs = { syncytium: join(directory, "own.nii.gz"), [PYTORCH]: join(directory, "pytorch.nii.gz") };
    const processes: MeasuredProcess[] = [];
    try {
      await makeModel(model, { base, seed });
      await makeImage(image, { extent, seed });
      const task: PredictTask = { model, image, output: outputs.syncytium, engine: { engine, threads } };
      const own = ["run", "--quiet", "--no-prompt", ...PERMISSIONS, here("predict_process.ts"), JSON.stringify(task)];
      const theirs = ["--model", model, "--image", image, "--output", outputs[PYTORCH], "--threads", String(threads)];
      const described = new Map<string, Description>();
      for (
        const [name, command] of [
          ["syncytium", [Deno.execPath(), ...own]],
          [PYTORCH, [python, "-B", here("pytorch_predict.py"), ...theirs]],
        ] as const
      ) {
        const missing = await startOne(name, command, { processes, described });
        if (missing !== undefined) console.error(`${name}: ${missing}`);
      }
      const run = (each: MeasuredProcess) => () => each.ask<RunAnswer>({ do: "run", seconds: 0 });
      const turns = await takeTurns(processes.map((each) => ({ name: each.name, run: run(each) })), {
        rounds: repeats,
        budget: 300,
        onFailure: (name, reason) => console.error(`${name}: ${reason}`),
      });
      const rows = [...turns].map(([name, of]) => row(name, described.get(name)!, of, extent ** 3));
      const lines = [startedAt, ...machine, `seed ${seed}`];
      if (turns.size === 2) {
        const [ours, reference] = processes.map(({ name }) => median(turns.get(name)!.milliseconds));
        lines.push(
          `${(reference / ours).toFixed(2)} x PyTorch's speed; the same label in ` +
            `${(100 * await agreement(outputs.syncytium, outputs[PYTORCH])).toFixed(3)} % of the voxels`,
        );
      }
      const header = ["who", "with", "threads", "s", "1000 voxels/s", "peak, MiB"];
      console.log(`# ${["deno task --quiet bench predict", ...args].join(" ")}\n`);
      console.log(`${lines.map((line) => `- ${line}`).join("\n")}\n`);
      console.log(
        `A file of ${extent}^3 voxels, a U-Net of ${LEVELS} levels and ${base} filters, patches of ${
          PATCH.join("x")
        }.\n`,
      );
      console.log(markdownTable({ header, names: 2, rows }));
    } finally {
      await Promise.all(processes.map((each) => each.stop()));
      await Deno.remove(directory, { recursive: true });
    }
  },
});
