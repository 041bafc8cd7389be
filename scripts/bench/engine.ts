/**
 * How fast the engines are: `deno task bench engine [--json] [--engine wasm|cpu] [--repeats N]`. About half a minute for
 * wasm. Medians over repeats; with --json one line a figure: {engine, case, metric, value, unit}. On a machine that has
 * other work, look at the figures by CPU time.
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "@std/cli/parse-args";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../src/core/rng.ts";
import { type EngineName, startEngine } from "../../src/engine/engine.ts";
import { concatChannels, conv3d, type Extent3, maxPool3d, normAct, upsample3d } from "../../src/engine/ops.ts";
import { AdamW } from "../../src/engine/optimizer.ts";
import { UNet } from "../../src/model/unet.ts";

/** One figure. */
interface Figure {
  engine: string;
  case: string;
  metric: string;
  value: number;
  unit: string;
}

/** One thing to time; `operations` are floating-point operations a run, multiply and add counted as two. */
interface Case {
  name: string;
  metric: string;
  operations?: number;
  run(): void;
}

const volume = (shape: number[]) => tf.randomNormal(shape as tf.Tensor5D["shape"], 0, 1, "float32", 1) as tf.Tensor5D;

/** Forward and forward + backward (three times the forward operations) of one convolution. */
function convolution(name: string, shape: number[], filterShape: number[], strides: Extent3 = [1, 1, 1]): Case[] {
  const x = volume(shape);
  const filter = volume(filterShape);
  const y = conv3d(x, filter, { strides });
  const operations = 2 * y.size * filterShape.slice(0, 4).reduce((a, b) => a * b, 1);
  const backward = tf.grads((x, filter) => conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, { strides }));
  return [
    { name, metric: "forward", operations, run: () => void conv3d(x, filter, { strides }) },
    { name, metric: "forward+backward", operations: 3 * operations, run: () => void backward([x, filter], y) },
  ];
}

/** Forward + backward of the ops around convolutions. */
function around(name: string, op: (x: tf.Tensor5D) => tf.Tensor, shape: number[]): Case {
  const x = volume(shape);
  const dy = op(x);
  const backward = tf.grad((x) => op(x as tf.Tensor5D));
  return { name, metric: "forward+backward", run: () => void backward(x, dy) };
}

/** A whole training step: U-Net of base 8 and 4 levels on 32^3 voxels, cross-entropy, Adam. */
function trainingStep(batch: number): Case {
  const config = { classes: 3, baseFilters: 8, levels: 4, norm: "instance" as const, pool: pools(3) };
  const network = new UNet(config, new Rng(1));
  const optimizer = new AdamW(network.variables);
  const x = volume([batch, 32, 32, 32, 1]);
  const labels = tf.randomUniformInt([batch * 32 ** 3], 0, 3, 1).as1D();
  const target = tf.oneHot(labels, 3).toFloat();
  const variables = [...network.variables.values()];
  return {
    name: `U-Net step, base 8, batch ${batch}, 32^3`,
    metric: "step",
    run() {
      const { grads } = tf.variableGrads(() => {
        const logits = network.forward(x).reshape([-1, 3]); // [voxels, classes]
        return tf.neg(tf.mean(tf.sum(tf.mul(target, tf.logSoftmax(logits)), 1))) as tf.Scalar;
      }, variables);
      optimizer.apply(new Map([...network.variables].map(([name, variable]) => [name, grads[variable.name]])));
    },
  };
}

function pools(transitions: number): Extent3[] {
  return Array.from({ length: transitions }, () => [2, 2, 2] as const);
}

function casesOf(engine: EngineName): Case[] {
  const a = convolution("conv A [2,32,32,32,16] -> 16", [2, 32, 32, 32, 16], [3, 3, 3, 16, 16]);
  const b = convolution("conv B [2,16,16,16,32] -> 64", [2, 16, 16, 16, 32], [3, 3, 3, 32, 64]);
  if (engine === "cpu") return [...a, ...b]; // the reference; the rest would take minutes
  const full = [2, 32, 32, 32, 8];
  const [gamma, beta] = [tf.ones([8]) as tf.Tensor1D, tf.zeros([8]) as tf.Tensor1D];
  const skip = volume(full);
  return [
    ...a,
    ...b,
    ...convolution("conv [2,32,32,32,1] -> 8", [2, 32, 32, 32, 1], [3, 3, 3, 1, 8]),
    ...convolution("conv [2,32,32,32,8] -> 8", full, [3, 3, 3, 8, 8]),
    ...convolution("conv [2,32,32,32,16] -> 8", [2, 32, 32, 32, 16], [3, 3, 3, 16, 8]),
    ...convolution("conv [2,16,16,16,16] -> 16", [2, 16, 16, 16, 16], [3, 3, 3, 16, 16]),
    ...convolution("conv [2,8,8,8,32] -> 32", [2, 8, 8, 8, 32], [3, 3, 3, 32, 32]),
    ...convolution("conv [2,4,4,4,64] -> 64", [2, 4, 4, 4, 64], [3, 3, 3, 64, 64]),
    ...convolution("conv 1x1x1 [2,32,32,32,8] -> 3", full, [1, 1, 1, 8, 3]),
    ...convolution("conv stride 2 [2,32,32,32,8] -> 16", full, [3, 3, 3, 8, 16], [2, 2, 2]),
    around("normAct [2,32,32,32,16]", (x) => normAct(x, tf.ones([16]), tf.zeros([16])), [2, 32, 32, 32, 16]),
    around("normAct [2,32,32,32,8]", (x) => normAct(x, gamma, beta), full),
    around("maxPool3d [2,32,32,32,8]", (x) => maxPool3d(x, [2, 2, 2]), full),
    around("upsample3d [2,16,16,16,8]", (x) => upsample3d(x, [2, 2, 2]), [2, 16, 16, 16, 8]),
    around("concatChannels [2,32,32,32,8+8]", (x) => concatChannels(x, skip), full),
    trainingStep(2),
    trainingStep(4),
  ];
}

/** Runs the benchmark and prints it. */
export async function bench(args: string[]): Promise<void> {
  const flags = parseArgs(args, { boolean: ["json"], string: ["engine"], default: { engine: "wasm", repeats: 9 } });
  const info = await startEngine({ engine: flags.engine as EngineName });
  const engine = `${info.name} (${info.detail}), ${info.threads} thread(s)`;
  if (!flags.json) console.log(engine);
  for (const { name, metric, operations, run } of casesOf(info.name)) {
    const { wall, busy } = measure(run, Number(flags.repeats));
    const milliseconds = wall[Math.floor(wall.length / 2)];
    const figure = { engine, case: name, metric };
    const figures: Figure[] = [
      { ...figure, value: milliseconds, unit: "ms" },
      { ...figure, value: busy, unit: "CPU ms" },
    ];
    if (operations) {
      figures.push({ ...figure, value: operations / milliseconds / 1e6, unit: "GFLOP/s" });
      figures.push({ ...figure, value: operations / busy / 1e6, unit: "GFLOP/CPU s" });
    }
    if (flags.json) { for (const line of figures) console.log(JSON.stringify(line)); }
    else {
      const shown = figures.map(({ value, unit }) => `${value.toFixed(2).padStart(8)} ${unit}`).join(" ");
      console.log(
        `${name.padEnd(36)} ${metric.padEnd(17)}${shown} (${wall[0].toFixed(2)} to ${wall.at(-1)!.toFixed(2)})`,
      );
    }
  }
}

/** Two runs that are not counted, then `repeats`: wall-clock milliseconds, sorted, and CPU milliseconds a run. */
function measure(run: () => void, repeats: number): { wall: number[]; busy: number } {
  for (let warmUp = 0; warmUp < 2; warmUp++) tf.tidy(run);
  const wall: number[] = [];
  const before = process.cpuUsage();
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = performance.now();
    tf.tidy(run);
    wall.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  return { wall: wall.sort((a, b) => a - b), busy: (user + system) / 1000 / repeats };
}
