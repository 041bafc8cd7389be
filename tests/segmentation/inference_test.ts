import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../src/core/rng.ts";
import type { Triple } from "../../src/core/triple.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { mirror, mirrorings } from "../../src/segmentation/_mirror.ts";
import { UNet } from "../../src/model/unet.ts";
import {
  countWindows,
  predictProbabilities,
  type Segmenter,
  slideWindow,
  windowStarts,
} from "../../src/segmentation/inference.ts";

const volumeOf = (shape: Triple, valueOf: (voxel: number) => number) => ({
  shape,
  channels: 1,
  image: Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, voxel) => valueOf(voxel)),
});

/** Says the logits `of` for each voxel's own intensity. */
const voxelwise = (of: (x: tf.Tensor5D) => tf.Tensor5D[]): Segmenter => ({ forward: (x) => tf.concat(of(x), 4) });

Deno.test("windows cover every voxel of an axis, the first and the last included, and overlap as told", () => {
  for (let extent = 1; extent <= 70; extent++) {
    for (const patch of [1, 2, 7, 16]) {
      for (const overlap of [0, 0.25, 0.5, 0.9]) {
        const starts = windowStarts(extent, patch, overlap);
        const covered = new Set(starts.flatMap((start) => Array.from({ length: patch }, (_, i) => start + i)));
        for (let voxel = 0; voxel < extent; voxel++) assert(covered.has(voxel), `${voxel} of ${extent}`);
        if (patch >= extent) assertEquals(starts.length, 1);
        else assert(starts[0] === 0 && starts.at(-1) === extent - patch);
        const stride = Math.max(1, Math.floor(patch * (1 - overlap)));
        starts.slice(1).forEach((start, i) => {
          assert(start > starts[i] && start - starts[i] <= stride, `${starts}`);
        });
      }
    }
  }
  assertEquals(windowStarts(40, 32, 0.5), [0, 8]);
  assertEquals(windowStarts(5, 8, 0.5), [-1]);
});

Deno.test("a network of several channels sees those of one voxel together, the border continued in each", async () => {
  await startEngine({ engine: "cpu" });
  const shape: Triple = [4, 9, 6], voxels = 4 * 9 * 6;
  const one = volumeOf(shape, (voxel) => Math.sin(voxel)), two = volumeOf(shape, (voxel) => Math.cos(3 * voxel));
  const both = { shape, channels: 2, image: Float32Array.from([...one.image, ...two.image]) };
  const difference: Segmenter = {
    forward: (x) => {
      const [first, second] = tf.split(x, 2, 4);
      return tf.concat([first.sub(second), first.zerosLike()], 4) as tf.Tensor5D;
    },
  };
  const probabilities = await predictProbabilities(difference, both, { patch: [4, 8, 8], overlap: 0.25 });
  for (let voxel = 0; voxel < voxels; voxel++) {
    const wanted = 1 / (1 + Math.exp(two.image[voxel] - one.image[voxel]));
    assertAlmostEquals(probabilities[2 * voxel], wanted, 1e-5);
  }
});

for (const shape of [[9, 13, 8], [3, 20, 5], [1, 1, 1]] as const) {
  Deno.test(`a constant network gives its own probabilities at every voxel of ${shape.join("x")}`, async () => {
    await startEngine({ engine: "cpu" });
    const constant = voxelwise((x) => [
      tf.fill(x.shape, Math.log(1)),
      tf.fill(x.shape, Math.log(2)),
      tf.fill(x.shape, Math.log(5)),
    ]);
    const result = await predictProbabilities(constant, volumeOf(shape, () => 0), { patch: [4, 8, 8] });
    assertEquals(result.length, shape[0] * shape[1] * shape[2] * 3);
    result.forEach((p, i) => assertAlmostEquals(p, [1 / 8, 2 / 8, 5 / 8][i % 3], 1e-6));
  });

  Deno.test(`every voxel of ${shape.join("x")} gets the answer to its own intensity`, async () => {
    await startEngine({ engine: "cpu" });
    const rng = new Rng(1), volume = volumeOf(shape, () => rng.normal());
    const sigmoid = voxelwise((x) => [tf.zerosLike(x), x]);
    const result = await predictProbabilities(sigmoid, volume, { patch: [4, 8, 8], overlap: 0.25 });
    volume.image.forEach((value, voxel) => {
      assertAlmostEquals(result[2 * voxel + 1], 1 / (1 + Math.exp(-value)), 1e-5);
      assertAlmostEquals(result[2 * voxel] + result[2 * voxel + 1], 1, 1e-5);
    });
  });
}

Deno.test("what lies in the middle of a window counts more than its border", async () => {
  await startEngine({ engine: "cpu" });
  // window after window says another class for sure: 1 first, then 0
  let windows = 0;
  const alternating: Segmenter = {
    forward: (x) => tf.concat([tf.fill(x.shape, 40 * windows++), tf.fill(x.shape, 20)], 4),
  };
  const result = await predictProbabilities(alternating, volumeOf([1, 1, 12], () => 0), {
    patch: [1, 1, 8],
    batch: 1,
  });
  assertEquals(windows, 2); // [0, 8) and [4, 12)
  const first = Array.from({ length: 12 }, (_, x) => result[2 * x + 1]);
  for (let x = 0; x < 4; x++) assertAlmostEquals(first[x], 1, 1e-6);
  for (let x = 8; x < 12; x++) assertAlmostEquals(first[x], 0, 1e-6);
  // at x = 4 the first window is 0.5 voxels from its middle (3.5), the second 3.5 from its own (7.5), deviation 1
  const near = Math.exp(-0.5 * 0.25), far = Math.exp(-0.5 * 12.25);
  assertAlmostEquals(first[4], near / (near + far), 1e-6);
});

Deno.test("windows that go through the network together give what each gives alone", async () => {
  await startEngine({ engine: "wasm" });
  const network = new UNet(
    parseUNetConfig({ classes: 3, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] }),
    new Rng(1),
  );
  const rng = new Rng(2), volume = volumeOf([9, 13, 17], () => rng.normal()), patch: Triple = [8, 8, 8];
  const alone = await predictProbabilities(network, volume, { patch, batch: 1 });
  for (const batch of [undefined, 5, 100]) {
    const together = await predictProbabilities(network, volume, { patch, batch });
    together.forEach((p, i) => assertAlmostEquals(p, alone[i], 1e-5)); // a larger batch may go by another algorithm
  }
  network.dispose();
});

Deno.test("mirrored, a volume is predicted as the mean of all mirrorings, in as many windows as without", async () => {
  await startEngine({ engine: "cpu" });
  const network = new UNet(
    parseUNetConfig({ classes: 3, baseFilters: 2, levels: 2, norm: "instance", pool: [[2, 2, 2]] }),
    new Rng(1),
  );
  const shape: Triple = [8, 6, 12], patch: Triple = [8, 8, 8]; // windows lie alike from either end
  const rng = new Rng(2), volume = volumeOf(shape, () => rng.normal());
  const expected = new Float32Array(8 * 6 * 12 * 3);
  for (const axes of mirrorings(["y", "x"])) {
    const turned = { ...volume, image: mirror(volume.image, shape, 1, axes) };
    const probabilities = mirror(await predictProbabilities(network, turned, { patch }), shape, 3, axes);
    probabilities.forEach((probability, i) => expected[i] += probability / 4);
  }
  const windows: number[] = [], before = tf.memory().numTensors;
  const found = await predictProbabilities(network, volume, {
    ...{ patch, mirror: ["x", "y"], batch: 1 },
    onProgress: (progress) => windows.push(progress.window),
  });
  found.forEach((probability, i) => assertAlmostEquals(probability, expected[i], 1e-5));
  assertEquals([windows, tf.memory().numTensors], [[1, 2], before]);
  network.dispose();
});

Deno.test("windows are told batch by batch, none left behind, and the caller may stop", async () => {
  await startEngine({ engine: "cpu" });
  const volume = volumeOf([4, 8, 20], () => 0), patch: Triple = [4, 8, 8];
  const network = voxelwise((x) => [x, x]);
  assertEquals(countWindows(volume.shape, { patch }), 4);
  assertEquals(countWindows([4, 20, 20], { patch, overlap: 0 }), 9);
  const before = tf.memory().numTensors, take = () => {};
  for (const [batch, expected] of [[1, ["1/4", "2/4", "3/4", "4/4"]], [3, ["3/4", "4/4"]]] as const) {
    const told = [];
    for await (const { window, windows } of slideWindow(network, volume, { patch, batch, take })) {
      told.push(`${window}/${windows}`);
    }
    assertEquals(told, expected);
    assertEquals(tf.memory().numTensors, before);
  }
  for await (const { window } of slideWindow(network, volume, { patch, batch: 1, take })) if (window === 2) break;
  assertEquals(tf.memory().numTensors, before);
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => predictProbabilities(network, volume, { patch, signal }), Error, "enough");
  // what comes as an event is heard between two windows, although this engine answers at once
  const later = new AbortController();
  setTimeout(() => later.abort(new Error("heard")), 0);
  const options = { patch, overlap: 0.9, signal: later.signal };
  await assertRejects(() => predictProbabilities(network, volume, options), Error, "heard");
  await assertRejects(() => predictProbabilities(network, volume, { patch, overlap: 1 }), RangeError, "overlap");
  await assertRejects(() => predictProbabilities(network, volume, { patch, batch: 0 }), RangeError, "batch");
});

Deno.test("an error of the network ends the prediction, in the first batch or a later one", async () => {
  await startEngine({ engine: "cpu" });
  for (const good of [0, 1, 3]) {
    let windows = 0;
    const failing = voxelwise((x) => {
      if (windows++ === good) throw new Error("no room");
      return [x, x];
    });
    const volume = volumeOf([4, 8, 20], () => 0);
    await assertRejects(() => predictProbabilities(failing, volume, { patch: [4, 8, 8], batch: 1 }), Error, "no room");
  }
});
