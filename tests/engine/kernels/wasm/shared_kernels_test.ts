// Every kernel whose work is shared by threads, on tensors that are large enough to be shared.

import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { blend } from "../../../../src/engine/ops/blend.ts";
import { contrastLoss } from "../../../../src/engine/ops/contrast_loss.ts";
import { startEngine } from "../../../../src/engine/engine.ts";
import { pieces } from "../../../../src/engine/kernels/wasm/_pieces.ts";
import { loadKernels } from "../../../../src/engine/kernels/wasm/module.ts";
import { registerKernels } from "../../../../src/engine/kernels/wasm/all_kernels.ts";
import { avgPool3d } from "../../../../src/engine/ops/avg_pool3d.ts";
import { concatChannels } from "../../../../src/engine/ops/concat_channels.ts";
import { maxPool3d } from "../../../../src/engine/ops/max_pool3d.ts";
import { normAct } from "../../../../src/engine/ops/norm_act.ts";
import { upsample3d } from "../../../../src/engine/ops/upsample3d.ts";
import { AdamW, globalNorm } from "../../../../src/engine/optimiser.ts";
import { voxelLoss } from "../../../../src/engine/ops/voxel_loss.ts";
import { tensorOf } from "../../_contract.ts";
import { noise } from "../../_reference.ts";

type Volume = tf.Tensor5D;

const SHAPE = [2, 13, 14, 19, 12]; // 41,496 values a sample, more than one thread should have

/** An op's value and gradients. */
function bothWays(op: (...inputs: tf.Tensor[]) => tf.Tensor, ...shapes: number[][]): () => tf.Tensor[] {
  return () => {
    const inputs = shapes.map((shape, seed) => tensorOf(noise(shape, seed)));
    const y = op(...inputs);
    return [y, ...tf.grads(op)(inputs, tensorOf(noise(y.shape, 9)))];
  };
}

const settings = { dice: 1, crossEntropy: 0.7, smooth: 0.1, classSizes: [], classWeights: [] };
const labels = Uint8Array.from({ length: 2 * 13 * 14 * 19 }, (_, i) => i * i % 11 % 12);
const classes = {
  classSizes: Array.from({ length: 12 }, (_, c) => labels.filter((label) => label === c).length),
  classWeights: Array.from({ length: 12 }, (_, c) => (c + 1) / 3e4),
};

/** Weights of which most are 0, and a denominator that leaves some columns out; 301 columns are no whole vectors. */
const sparse = noise([67, 301], 3);
sparse.data.forEach((value, i) => sparse.data[i] = value > 0.9 && i >= 301 ? Math.fround(value) : 0);
const penalties = noise([67, 301], 4);
penalties.data.forEach((value, i) => penalties.data[i] = value > 0.5 ? -1e9 : 0);

const cases: Record<string, () => tf.Tensor[] | Promise<tf.Tensor[]>> = {
  "normAct, a norm of instances": bothWays(
    (x, gamma, beta) => normAct(x as Volume, gamma as tf.Tensor1D, beta as tf.Tensor1D),
    ...[SHAPE, [12], [12]],
  ),
  "normAct, a norm of groups": bothWays(
    (x, gamma, beta) => normAct(x as Volume, gamma as tf.Tensor1D, beta as tf.Tensor1D, { groups: 3 }),
    ...[SHAPE, [12], [12]],
  ),
  "maxPool3d": bothWays((x) => maxPool3d(x as Volume, [2, 2, 2]), SHAPE),
  "maxPool3d with a flat window": bothWays((x) => maxPool3d(x as Volume, [1, 2, 2]), SHAPE),
  "max pooling with windows that overlap": bothWays((x) => tf.maxPool3d(x as Volume, 3, 2, "same"), SHAPE),
  "avgPool3d": bothWays((x) => avgPool3d(x as Volume, [3, 2, 2]), SHAPE),
  "upsample3d": bothWays((x) => upsample3d(x as Volume, [2, 1, 2]), SHAPE),
  "concatChannels": bothWays((a, b) => concatChannels(a as Volume, b as Volume), SHAPE, [2, 13, 14, 19, 5]),
  "add": bothWays((a, b) => tf.add(a, b), SHAPE, SHAPE),
  "add of a vector": bothWays((a, b) => tf.add(a, b), SHAPE, [12]),
  "sum of all": bothWays((x) => tf.sum(x), SHAPE),
  "sum over voxels": bothWays((x) => tf.sum(x, [1, 2, 3]), SHAPE),
  "mean over channels": bothWays((x) => tf.mean(x, 4), SHAPE),
  "slice": bothWays((x) => tf.slice(x, [0, 1, 0, 2, 1], [2, 12, 14, 10, 11]), SHAPE),
  "pad": bothWays((x) => tf.pad(x, [[0, 0], [1, 2], [0, 0], [0, 3], [0, 1]], 2), SHAPE),
  "voxelLoss": bothWays((x) => voxelLoss(x as Volume, labels, { ...settings, ...classes }), SHAPE),
  "contrastLoss": bothWays(
    (x) => contrastLoss(tf.mul(x, 5), tensorOf(sparse), tensorOf(penalties)),
    [67, 301],
  ),
  "blend": () => [blend(tensorOf(noise(SHAPE, 1)), tensorOf(noise(SHAPE, 2)), 0.9)],
  async "AdamW and the global norm"() {
    const weights = tf.variable(tensorOf(noise(SHAPE, 1)));
    const gradients = new Map([["weights", tensorOf(noise(SHAPE, 2))]]);
    const optimiser = new AdamW(new Map([["weights", weights]]), { weightDecay: 0.1 });
    for (let step = 0; step < 3; step++) optimiser.apply(gradients);
    const norm = tf.scalar(await globalNorm(gradients));
    optimiser.dispose();
    return [weights, norm];
  },
};

/** The values of a case's tensors on the engine as it is. */
async function valuesOf(run: () => tf.Tensor[] | Promise<tf.Tensor[]>): Promise<Float32Array[]> {
  tf.engine().startScope();
  const tensors = await run();
  const values = await Promise.all(tensors.map(async (tensor) => (await tensor.data<"float32">()).slice()));
  tf.dispose(tensors);
  tf.engine().endScope();
  return values;
}

for (const [name, run] of Object.entries(cases)) {
  Deno.test(`${name}: bit for bit the same on 1, 2 and 3 threads`, async () => {
    await startEngine({ engine: "wasm", threads: 1 });
    const shared: number[] = [];
    const results: Float32Array[][] = [];
    for (const threads of [1, 2, 3]) {
      const module = await loadKernels(tf.backend(), { threads });
      registerKernels({ ...module, run: (calls) => (shared.push(calls.length), module.run(calls)) });
      results.push(await valuesOf(run));
      await module.stop();
    }
    assert(shared.some((calls) => calls > 2), "nothing was shared");
    assertEquals(results[1], results[0], "2 threads");
    assertEquals(results[2], results[0], "3 threads");
  });

  Deno.test(`${name}: the parts together are the whole`, async () => {
    await startEngine({ engine: "cpu" });
    const expected = await valuesOf(run);
    await startEngine({ engine: "wasm", threads: 1 });
    registerKernels(await loadKernels(tf.backend()));
    const actual = await valuesOf(run);
    expected.forEach((values, place) => {
      const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const error = values.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[place][i])), 0);
      assert(error <= 1e-4 * scale, `tensor ${place}: ${error} off, of ${scale}`);
    });
  });
}

Deno.test("small tensors, several samples of them too, stay on the caller's thread", async () => {
  await startEngine({ engine: "wasm", threads: 1 });
  const module = await loadKernels(tf.backend());
  const shared: number[] = [];
  registerKernels({ ...module, run: (calls) => (shared.push(calls.length), module.run(calls)) });
  const small = [3, 4, 4, 4, 8];
  const ops = [
    bothWays((x, gamma, beta) => normAct(x as Volume, gamma as tf.Tensor1D, beta as tf.Tensor1D), small, [8], [8]),
    bothWays((x) => maxPool3d(x as Volume, [2, 2, 2]), small),
    bothWays((x) => upsample3d(x as Volume, [2, 2, 2]), small),
    bothWays((x) => tf.sum(x, [1, 2, 3]), small),
  ];
  for (const op of ops) tf.tidy(() => void op());
  assert(shared.length > 0);
  assertEquals(shared.filter((calls) => calls > 1), []);
});

Deno.test("pieces cover every unit once, in order", () => {
  for (const units of [0, 1, 2, 3, 7, 100, 4096, 70_001]) {
    for (const values of [1, 3, 1000, 100_000]) {
      const cut = pieces(units, values);
      assertEquals(cut.reduce((end, { start, count }) => (assertEquals(start, end), end + count), 0), units);
      assert(cut.every(({ count }) => count > 0));
      assert(cut.length <= 128);
      if (units * values < 2 ** 15) assert(cut.length <= 1);
    }
  }
});
