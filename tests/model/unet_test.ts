import { assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { Encoder } from "../../src/model/encoder.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { UNet } from "../../src/model/unet.ts";
import { countWeights, loadWeights, readWeights, writeWeights } from "../../src/model/weights.ts";

const config = parseUNetConfig({
  classes: 3,
  baseFilters: 2,
  levels: 3,
  norm: "instance",
  pool: [[1, 2, 2], [2, 2, 2]],
});

const input = () => tf.randomNormal([2, 4, 8, 12, 1], 0, 1, "float32", 1) as tf.Tensor5D;

Deno.test("the encoder gives a feature map a level", async () => {
  await startEngine({ engine: "cpu" });
  tf.tidy(() => {
    const encoder = new Encoder(config, new Rng(1));
    const shapes = encoder.forward(input()).map(({ shape }) => shape);
    assertEquals(shapes, [[2, 4, 8, 12, 2], [2, 4, 4, 6, 4], [2, 2, 2, 3, 8]]);
    encoder.dispose();
  });
});

Deno.test("the U-Net gives the logits of every voxel", async () => {
  await startEngine({ engine: "cpu" });
  for (const norm of ["instance", "group"] as const) {
    const unet = new UNet({ ...config, norm }, new Rng(1));
    tf.tidy(() => assertEquals(unet.forward(input()).shape, [2, 4, 8, 12, 3]));
    unet.dispose();
  }
});

Deno.test("a U-Net of one level works", async () => {
  await startEngine({ engine: "cpu" });
  const unet = new UNet({ ...config, levels: 1, pool: [] }, new Rng(1));
  tf.tidy(() => assertEquals(unet.forward(input()).shape, [2, 4, 8, 12, 3]));
  unet.dispose();
});

Deno.test("a U-Net of several channels has a wider first filter, and the weights of one channel elsewhere", async () => {
  await startEngine({ engine: "cpu" });
  const [one, two] = [new UNet(config, new Rng(1)), new UNet({ ...config, channels: 2 }, new Rng(1))];
  tf.tidy(() => assertEquals(two.forward(tf.zeros([1, 4, 8, 8, 2])).shape, [1, 4, 8, 8, 3]));
  const [ofOne, ofTwo] = [await readWeights(one.variables), await readWeights(two.variables)];
  const first = "encoder/level0/block0/filter";
  assertEquals(ofTwo.find(({ name }) => name === first)!.shape, [3, 3, 3, 2, 2]);
  const others = (weights: typeof ofOne) => weights.filter(({ name }) => name !== first);
  assertEquals(others(ofTwo), others(ofOne));
  for (const unet of [one, two]) unet.dispose();
});

Deno.test("inputs that do not fit are refused", async () => {
  await startEngine({ engine: "cpu" });
  const unet = new UNet(config, new Rng(1));
  tf.tidy(() => {
    assertThrows(() => unet.forward(tf.zeros([1, 4, 8, 10, 1])), UserError, "[2, 4, 4]");
    assertThrows(() => unet.forward(tf.zeros([1, 4, 8, 8, 2])), RangeError, "[batch, depth, height, width, 1]");
  });
  unet.dispose();
});

Deno.test("the same seed gives the same weights, on every engine and alone or in a U-Net", async () => {
  const weights = [];
  for (const engine of ["cpu", "wasm"] as const) {
    await startEngine({ engine });
    const unet = new UNet(config, new Rng(5)), encoder = new Encoder(config, new Rng(5));
    const read = await readWeights(unet.variables);
    assertEquals(read.slice(0, encoder.variables.size), await readWeights(encoder.variables));
    weights.push(read);
    unet.dispose();
    encoder.dispose();
  }
  assertEquals(weights[0], weights[1]);
  const other = new UNet(config, new Rng(6));
  assertNotEquals((await readWeights(other.variables))[0].data, weights[0][0].data);
  other.dispose();
});

Deno.test("filters start with He's variance", async () => {
  await startEngine({ engine: "cpu" });
  const encoder = new Encoder({ ...config, baseFilters: 16 }, new Rng(2));
  const { data } = (await readWeights(encoder.variables)).find(({ name }) => name === "encoder/level1/block1/filter")!;
  const variance = data.reduce((sum, value) => sum + value * value, 0) / data.length;
  const expected = 2 / (1.0001 * 27 * 32);
  assertAlmostEquals(variance / expected, 1, 0.03); // 27648 values: one standard error is 0.0085
  encoder.dispose();
});

Deno.test("weights read are copies, and come back by name in any order", async () => {
  await startEngine({ engine: "cpu" });
  const source = new UNet(config, new Rng(1)), target = new UNet(config, new Rng(2));
  const before = tf.memory().numTensors;
  const weights = await readWeights(source.variables);
  writeWeights(target.variables, [...weights].reverse());
  assertEquals(await readWeights(target.variables), weights);
  weights[0].data.fill(7);
  assertNotEquals((await readWeights(source.variables))[0], weights[0]);
  assertNotEquals((await readWeights(target.variables))[0], weights[0]);
  assertEquals(tf.memory().numTensors, before);
  source.dispose();
  target.dispose();
});

Deno.test("weights that do not fit are refused, and nothing is written", async () => {
  await startEngine({ engine: "cpu" });
  const unet = new UNet(config, new Rng(1));
  const weights = await readWeights(unet.variables);
  const changed = weights.map((vector) => ({ ...vector, data: vector.data.map((value) => value + 1) }));
  const last = changed[changed.length - 1];
  const refuse = (vectors: typeof weights, words: string) =>
    assertThrows(() => writeWeights(unet.variables, vectors), RangeError, words);
  refuse(changed.slice(1), "missing");
  refuse([...changed, last], "twice");
  refuse([...changed, { ...last, name: "head" }], "no variable head");
  refuse([...changed.slice(0, -1), { ...last, shape: [1, 3] }], "must be [3], got [1,3]");
  refuse([...changed.slice(0, -1), { ...last, data: new Float32Array(2) }], "must hold 3 values");
  assertEquals(await readWeights(unet.variables), weights);
  unet.dispose();
});

Deno.test("a pre-trained encoder comes into a U-Net, the decoder stays", async () => {
  await startEngine({ engine: "cpu" });
  const encoder = new Encoder(config, new Rng(1)), unet = new UNet(config, new Rng(2));
  const decoder = await readWeights(unet.decoderVariables), trained = await readWeights(encoder.variables);
  const head = { name: "head/filter", shape: [1], data: new Float32Array(1) };
  assertEquals(loadWeights(unet.variables, [head, ...trained], { prefix: "encoder/" }), [...encoder.variables.keys()]);
  assertEquals(await readWeights(unet.encoder.variables), trained);
  assertEquals(await readWeights(unet.decoderVariables), decoder);
  assertEquals(countWeights(unet.variables), countWeights(encoder.variables) + countWeights(unet.decoderVariables));
  assertThrows(() => loadWeights(unet.variables, [head], { where: "a.safetensors" }), UserError, "a.safetensors");
  const wider = new Encoder({ ...config, baseFilters: 4 }, new Rng(1));
  const foreign = await readWeights(wider.variables);
  assertThrows(() => loadWeights(unet.variables, foreign), UserError, "encoder/level0/block0/filter must be");
  for (const network of [encoder, unet, wider]) network.dispose();
});

Deno.test("a forward and backward pass leaves no tensor behind, and neither does a disposed network", async () => {
  for (const engine of ["cpu", "wasm"] as const) {
    await startEngine({ engine });
    const empty = tf.memory().numTensors;
    const unet = new UNet(config, new Rng(1));
    assertEquals(tf.memory().numTensors, empty + unet.variables.size);
    tf.tidy(() => {
      const x = input();
      const { grads } = tf.variableGrads(() => tf.mean(tf.square(unet.forward(x))) as tf.Scalar, [
        ...unet.variables.values(),
      ]);
      assertEquals(Object.keys(grads).length, unet.variables.size);
    });
    assertEquals(tf.memory().numTensors, empty + unet.variables.size);
    unet.dispose();
    assertEquals(tf.memory().numTensors, empty);
  }
});
