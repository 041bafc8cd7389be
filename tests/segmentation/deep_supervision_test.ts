import { assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../src/core/rng.ts";
import { coarsenLabels } from "../../src/data/labels/coarsen.ts";
import { sharesOfLabels } from "../../src/data/occupancy.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { variableGradients } from "../../src/model/gradients.ts";
import { UNet } from "../../src/model/unet.ts";
import { readWeights } from "../../src/model/weights.ts";
import { deepLoss, levelWeights } from "../../src/segmentation/deep_supervision.ts";
import { diceCrossEntropy } from "../../src/segmentation/losses.ts";

const config = parseUNetConfig({
  ...{ classes: 3, baseFilters: 2, levels: 4, norm: "instance" },
  pool: [[1, 2, 2], [2, 2, 2], [2, 2, 2]],
});
const shape = [2, 4, 8, 16, 1] as const;

const input = () => tf.randomNormal([...shape], 0, 1, "float32", 1) as tf.Tensor5D;
const labelsOf = (voxels: number) => {
  const rng = new Rng(3);
  return Uint8Array.from({ length: voxels }, () => rng.int(3));
};

Deno.test("each coarser resolution counts half as much as the one before, all together 1", () => {
  assertEquals(levelWeights(1), [1]);
  assertEquals(levelWeights(2), [2 / 3, 1 / 3]);
  assertEquals(levelWeights(3), [4 / 7, 2 / 7, 1 / 7]);
});

Deno.test("deep supervision adds the coarser levels' logits and leaves all other weights and the result as they are", async () => {
  await startEngine({ engine: "cpu" });
  const plain = new UNet(config, new Rng(1)), deep = new UNet(config, new Rng(1), { deepSupervision: true });
  const weights = await readWeights(plain.variables), more = await readWeights(deep.variables);
  assertEquals(more.slice(0, weights.length), weights);
  assertEquals(more.slice(weights.length).map(({ name, shape }) => [name, shape.join()]), [
    ["decoder/level1/logits/filter", "1,1,1,4,3"],
    ["decoder/level1/logits/bias", "3"],
    ["decoder/level2/logits/filter", "1,1,1,8,3"],
    ["decoder/level2/logits/bias", "3"],
  ]);
  tf.tidy(() => {
    const x = input(), expected = plain.forward(x).dataSync();
    assertEquals(deep.forward(x).dataSync(), expected);
    const logits = deep.forwardDeep(x);
    assertEquals(logits.map(({ shape }) => shape), [[2, 4, 8, 16, 3], [2, 4, 4, 8, 3], [2, 2, 2, 4, 3]]);
    assertEquals(logits[0].dataSync(), expected);
    const [only, ...others] = plain.forwardDeep(x);
    assertEquals([only.dataSync(), others], [expected, []]);
  });
  plain.dispose();
  deep.dispose();
});

Deno.test("networks of one level and of two have no coarser logits", async () => {
  await startEngine({ engine: "cpu" });
  for (const pool of [[], [[1, 2, 2]]] as [number, number, number][][]) {
    const [plain, deep] = [false, true].map((deepSupervision) =>
      new UNet({ ...config, levels: pool.length + 1, pool }, new Rng(1), { deepSupervision })
    );
    assertEquals([...deep.variables.keys()], [...plain.variables.keys()]);
    tf.tidy(() => assertEquals(deep.forwardDeep(input()).length, 1));
    plain.dispose();
    deep.dispose();
  }
});

Deno.test("the loss is the weighted mean over resolutions, labels brought to each; of one it is the plain loss", async () => {
  await startEngine({ engine: "cpu" });
  tf.tidy(() => {
    const [fine, coarse] = [tf.zeros([2, 2, 4, 4, 3]), tf.zeros([2, 1, 2, 4, 3])].map(({ shape }, seed) =>
      tf.randomNormal<tf.Rank.R5>(shape as tf.Tensor5D["shape"], 0, 2, "float32", seed)
    );
    const labels = labelsOf(64), options = { balance: 0.5 };
    const plain = diceCrossEntropy(fine, labels, options).dataSync()[0];
    assertEquals(deepLoss([fine], labels, options).dataSync()[0], plain);
    const other = diceCrossEntropy(coarse, coarsenLabels(labels, [2, 4, 4], [2, 2, 1]), options).dataSync()[0];
    assertAlmostEquals(deepLoss([fine, coarse], labels, options).dataSync()[0], (2 * plain + other) / 3, 1e-6);
    assertThrows(() => deepLoss([fine, coarse], labels.slice(1)), RangeError, "a label for each");
  });
});

for (const engine of ["cpu", "wasm"] as const) {
  Deno.test(`the gradients of all weights, coarser logits too, are those of finite differences (${engine})`, async () => {
    await startEngine({ engine });
    const shallow = { ...config, pool: [[1, 2, 2], [1, 2, 2], [1, 1, 2]] as const }; // no norm over a voxel or two
    const unet = new UNet(shallow, new Rng(1), { deepSupervision: true }), x = input();
    const labels = labelsOf(2 * 4 * 8 * 16), before = tf.memory().numTensors;
    const loss = () => deepLoss(unet.forwardDeep(x), labels);
    const { value, gradients } = variableGradients(loss, unet.variables);
    assertEquals([...gradients.keys()], [...unet.variables.keys()]);
    assertEquals(tf.memory().numTensors, before + 1 + gradients.size);
    for (const [name, variable] of unet.variables) {
      const slope = await gradients.get(name)!.data<"float32">();
      const norm = Math.hypot(...slope), start = tf.clone(variable), h = 1e-3; // pooling and leaky ReLU have kinks
      const moved = [h, -h].map((step) =>
        tf.tidy(() => {
          variable.assign(tf.add(start, tf.mul(gradients.get(name)!, step / norm)));
          return loss().dataSync()[0];
        })
      );
      variable.assign(start);
      start.dispose();
      assertAlmostEquals((moved[0] - moved[1]) / (2 * h) / norm, 1, 5e-2, name);
    }
    tf.dispose([value, x, ...gradients.values()]);
    unet.dispose();
  });
}

Deno.test("gradients have the same bits where activations are computed again", async () => {
  await startEngine({ engine: "cpu" });
  const results = [];
  for (const recompute of [false, true]) {
    const unet = new UNet(config, new Rng(1), { deepSupervision: true, recompute }), x = input();
    const { value, gradients } = variableGradients(() => deepLoss(unet.forwardDeep(x), labelsOf(1024)), unet.variables);
    results.push(await Promise.all([value, ...gradients.values()].map((tensor) => tensor.data())));
    tf.dispose([value, x, ...gradients.values()]);
    unet.dispose();
  }
  assertEquals(results[1], results[0]);
  assertNotEquals(results[0].length, 1);
});

Deno.test("shares are brought to each resolution, too: those of labels alone in their windows are the labels", async () => {
  await startEngine({ engine: "cpu" });
  const coarse = labelsOf(2 * 2 * 4 * 4);
  const fine = new Uint8Array(8 * coarse.length); // each label in a window of 2 x 2 x 2
  fine.forEach((_, i) => {
    const [x, y, z] = [i % 8, Math.floor(i / 8) % 8, Math.floor(i / 64)];
    fine[i] = coarse[((z >> 1) * 4 + (y >> 1)) * 4 + (x >> 1)];
  });
  tf.tidy(() => {
    const logits = ([[2, 4, 8, 8, 3], [2, 2, 4, 4, 3]] as const).map(([...shape]): tf.Tensor5D =>
      tf.randomNormal(shape, 0, 1, "float32", 1)
    );
    const [hard] = deepLoss(logits, fine).dataSync();
    assertAlmostEquals(deepLoss(logits, fine, { shares: sharesOfLabels(fine, 3) }).dataSync()[0], hard, 1e-6);
  });
});
