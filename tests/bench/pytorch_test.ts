/** What the benchmark compares with is the same: PyTorch's network, loss and step give the project's numbers. */
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { MeasuredProcess, RunAnswer } from "../../scripts/bench/measured_process.ts";
import { cases } from "../../scripts/bench/cases.ts";
import { contrastiveLoss, lossMasks, type RowLabels, similarityLogits } from "../../src/pretraining/losses.ts";
import { UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { AdamW, globalNorm } from "../../src/engine/optimiser.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { UNet } from "../../src/model/unet.ts";
import { readWeights } from "../../src/model/weights.ts";
import { diceCrossEntropy } from "../../src/segmentation/losses.ts";
import { pytorchTest } from "./_pytorch.ts";
import { reduced } from "../../scripts/bench/reduced.ts";

const config = parseUNetConfig({
  classes: 3,
  baseFilters: 4,
  levels: 3,
  norm: "instance",
  pool: [[1, 2, 2], [2, 2, 2]],
});
const shape = [2, 4, 8, 8] as const;

/** Asserts that no value is further off than `tolerance` times the largest. */
function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  assertEquals(actual.length, expected.length, what);
  const scale = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  for (let i = 0; i < actual.length; i++) {
    const off = Math.abs(actual[i] - expected[i]);
    assert(off <= tolerance * scale, `${what}: value ${i} must be ${expected[i]}, got ${actual[i]}`);
  }
}

async function withProcess(
  start: () => MeasuredProcess,
  use: (process: MeasuredProcess) => Promise<void>,
): Promise<void> {
  const process = start();
  try {
    await use(process);
  } finally {
    await process.stop();
  }
}

/** A network whose every weight is something of its own, gammas, betas and biases included. */
function unevenUNet(): UNet {
  const unet = new UNet(config, new Rng(1));
  for (const [name, variable] of unet.variables) {
    if (name.endsWith("/filter")) continue;
    const rng = new Rng(2).fork(name);
    const start = name.endsWith("/gamma") ? 1 : 0;
    const values = Float32Array.from({ length: variable.size }, () => start + 0.3 * rng.normal());
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
  return unet;
}

interface TrainingAnswer {
  logits: number[];
  loss: number;
  gradientNorm: number;
  weights: Record<string, number[]>;
}

pytorchTest("PyTorch's U-Net gives the same logits, loss and moved weights", async (start) => {
  await startEngine({ engine: "cpu" });
  const unet = unevenUNet();
  const rng = new Rng(3);
  const image = Float32Array.from({ length: 2 * 4 * 8 * 8 }, () => rng.normal());
  const labels = Uint8Array.from(image, (_, i) => i < 400 ? i % 3 : 0); // classes of different sizes
  const learningRate = 1e-3;
  const weights = (await readWeights(unet.variables)).map((vector) => ({ ...vector, data: [...vector.data] }));

  const optimiser = new AdamW(unet.variables, { learningRate });
  const x = tf.tensor5d(image, [...shape, 1]);
  const logits = unet.forward(x);
  const { value, grads } = tf.variableGrads(() => diceCrossEntropy(unet.forward(x), labels), [
    ...unet.variables.values(),
  ]);
  const gradients = new Map([...unet.variables].map(([name, variable]) => [name, grads[variable.name]]));
  const norm = await globalNorm(gradients);
  optimiser.apply(gradients);

  await withProcess(start, async (process) => {
    const answer = await process.ask<TrainingAnswer>({
      ...{ do: "check", what: "training", network: config, weights, shape, learningRate },
      ...{ image: [...image], labels: [...labels] },
    });
    assertClose(logits.dataSync(), answer.logits, 1e-5, "logits");
    assertAlmostEquals(value.dataSync()[0], answer.loss, 1e-5);
    assertAlmostEquals(norm / answer.gradientNorm, 1, 1e-4);
    assertEquals(Object.keys(answer.weights), [...unet.variables.keys()]);
    for (const [name, variable] of unet.variables) {
      const before = weights.find((vector) => vector.name === name)!.data;
      const moved = (now: ArrayLike<number>) => Array.from(now, (value, i) => (value - before[i]) / learningRate);
      // Adam's first step is the gradient's sign but where the gradient is near nothing
      assertClose(moved(variable.dataSync()), moved(answer.weights[name]), 0.02, name);
    }
  });
  optimiser.dispose();
  unet.dispose();
  tf.dispose([x, logits, value, grads]);
});

pytorchTest("PyTorch's contrastive loss and its gradient are the project's", async (start) => {
  await startEngine({ engine: "cpu" });
  const [rows, entries, dimension, temperature, cells] = [12, 40, 8, 0.2, 4];
  const rng = new Rng(5);
  const unit = (count: number) =>
    Array.from({ length: count }, () => {
      const vector = Array.from({ length: dimension }, () => rng.normal());
      return vector.map((value) => value / Math.hypot(...vector));
    }).flat();
  const labels = (view: number): RowLabels => ({
    partitions: Int32Array.from({ length: rows }, () => rng.int(cells)),
    volumes: Int32Array.from({ length: rows }, (_, row) => Math.floor(2 * row / rows)),
    views: new Int32Array(rows).fill(view),
  });
  const [queries, keys, features] = [unit(rows), unit(rows), unit(entries)];
  const [ofQueries, ofKeys] = [labels(0), labels(1)];
  const bank = {
    partitions: Int32Array.from({ length: entries }, () => rng.int(cells)),
    remote: Uint8Array.from({ length: entries }, () => rng.int(2)),
  };
  const { weights, penalties, columns } = lossMasks(ofQueries, ofKeys, bank);
  const { value, grad } = tf.tidy(() => {
    const candidates = tf.tensor2d([...keys, ...features], [columns, dimension]);
    const masks = [weights, penalties].map((mask) => tf.tensor2d(mask, [rows, columns]));
    return tf.valueAndGrad((x) =>
      contrastiveLoss(similarityLogits(x as tf.Tensor2D, candidates, temperature), masks[0], masks[1])
    )(tf.tensor2d(queries, [rows, dimension]));
  });
  const plain = ({ partitions, volumes, views }: RowLabels) => ({
    partitions: [...partitions],
    volumes: [...volumes],
    views: [...views],
  });
  await withProcess(start, async (process) => {
    const answer = await process.ask<{ loss: number; gradient: number[] }>({
      ...{ do: "check", what: "contrastive", queries, keys, entries: features, dimension, temperature },
      ...{ ofQueries: plain(ofQueries), ofKeys: plain(ofKeys) },
      bank: { partitions: [...bank.partitions], remote: [...bank.remote] },
    });
    assertAlmostEquals(value.dataSync()[0], answer.loss, 1e-5);
    assertClose(grad.dataSync(), answer.gradient, 1e-4, "gradient");
  });
  tf.dispose([value, grad]);
});

pytorchTest(
  "PyTorch's process measures every case that has a counterpart, and names what it cannot do",
  async (start) => {
    await withProcess(start, async (process) => {
      for (const one of cases.filter(({ kind }) => kind !== "batch")) {
        await process.ask({ do: "prepare", case: reduced(one) });
        const { milliseconds, peakBytes } = await process.ask<RunAnswer>({ do: "run", seconds: 0 });
        assertEquals([milliseconds.length, milliseconds[0] > 0, peakBytes > 0], [1, true, true], one.name);
      }
      const unknown = { do: "prepare", case: { kind: "nothing" } as never } as const;
      await assertRejects(() => process.ask(unknown), UserError, "KeyError: 'nothing'");
    });
  },
);
