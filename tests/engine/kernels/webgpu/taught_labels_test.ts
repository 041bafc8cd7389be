/** Labels that stay on a card are what the functions that others use say. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { messageOf, UserError } from "../../../../src/core/errors.ts";
import { Rng } from "../../../../src/core/rng.ts";
import { coarsenLabels } from "../../../../src/data/labels/coarsen.ts";
import { IGNORED } from "../../../../src/data/labels/ignored.ts";
import { keepLargestParts } from "../../../../src/data/labels/largest_parts.ts";
import { startEngine } from "../../../../src/engine/engine.ts";
import {
  classTableKernel,
  coarsenLabelsKernel,
  largestPartsKernel,
  pickLabelsKernel,
  sureLabelsKernel,
  taughtLoss,
} from "../../../../src/engine/ops/taught_labels.ts";
import { diceCrossEntropy } from "../../../../src/segmentation/losses.ts";
import { sureClasses } from "../../../../src/segmentation/unlabelled/pseudo_labels.ts";

/** Why the engine cannot start here; undefined if it can. */
const missing = await startEngine({ engine: "webgpu", adapter: "software" }).then(() => undefined, (error) => {
  if (error instanceof UserError && error.cause === undefined) return messageOf(error);
  throw error;
});

function cardTest(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: `webgpu: ${name}${missing ? ` (skipped: ${missing})` : ""}`,
    ignore: missing !== undefined,
    async fn() {
      await startEngine({ engine: "webgpu", adapter: "software" });
      const before = tf.memory().numTensors;
      tf.engine().startScope();
      await fn();
      tf.engine().endScope();
      assertEquals(tf.memory().numTensors, before, "tensors left behind");
    },
  });
}

const CLASSES = 3;

/** As the card has labels. */
const onCard = (labels: Uint8Array) =>
  tf.tensor1d(Int32Array.from(labels, (label) => label === IGNORED ? -1 : label), "int32");

/** And as everybody else has. */
const fromCard = async (labels: tf.Tensor) =>
  Uint8Array.from(await labels.data(), (label) => label < 0 ? IGNORED : label);

/** Labels at random, of which some are nobody's; `rare` of them are 1 or 2, so that there are many parts or few. */
function labelsOf(count: number, rare: number, seed: number): Uint8Array<ArrayBuffer> {
  const rng = new Rng(seed);
  return Uint8Array.from({ length: count }, () => rng.chance(0.1) ? IGNORED : rng.chance(rare) ? 1 + rng.int(2) : 0);
}

cardTest("a voxel has its most probable class where that is sure, and none where it is not or NaN", async () => {
  const rng = new Rng(1);
  const values = Float32Array.from({ length: 300 * CLASSES }, () => 2 * rng.normal());
  values.set([NaN, 1, 2, 1, NaN, 2, Infinity, 0, 0, 5, 5, 1]);
  const logits = tf.tensor2d(values, [300, CLASSES]);
  const [labels] = sureLabelsKernel.run({ logits }, { threshold: 0.6 });
  const expected = sureClasses(await tf.softmax(logits).data<"float32">(), CLASSES, 0.6);
  expected.set([IGNORED, IGNORED, IGNORED, IGNORED]); // not finite, and two that are alike
  assertEquals(await fromCard(labels), expected);
});

for (const [what, rare] of [["few", 0.9], ["many", 0.45], ["small", 0.1]] as const) {
  cardTest(`of ${what} parts the largest of each class stays in each patch`, async () => {
    const shape = [3, 7, 9, 20], voxels = 7 * 9 * 20;
    const labels = labelsOf(3 * voxels, rare, 5);
    labels.fill(0, voxels, 2 * voxels).fill(1, voxels, voxels + 3).fill(1, voxels + 10, voxels + 13); // of one size
    const [kept] = largestPartsKernel.run({ labels: onCard(labels) }, { shape, classes: CLASSES });
    const expected = labels.slice();
    for (let start = 0; start < labels.length; start += voxels) {
      keepLargestParts(expected.subarray(start, start + voxels), [20, 9, 7], { values: [1, 2], otherwise: IGNORED });
    }
    assert(expected.some((label, i) => label !== labels[i]));
    assertEquals(await fromCard(kept), expected);
  });
}

cardTest("windows have what most of their voxels have, the first of those that as many have", async () => {
  const labels = labelsOf(2 * 4 * 6 * 4, 0.6, 2), shape = [2, 4, 6, 4], factor = [2, 3, 1] as const;
  const [coarse] = coarsenLabelsKernel.run({ labels: onCard(labels) }, { shape, factor, classes: CLASSES });
  assertEquals(await fromCard(coarse), coarsenLabels(labels, [4, 6, 4], factor));
});

cardTest("labels are picked from what was taught and from what is given", async () => {
  const [labels] = pickLabelsKernel.run({
    taught: tf.tensor1d([0, 1, -1], "int32"),
    given: tf.tensor1d([2, -1], "int32"),
    places: tf.tensor1d([4, 3, 2, 1, 0, 1], "int32"),
  }, {});
  assertEquals([...await labels.data()], [-1, 2, -1, 1, 0, 1]);
});

cardTest("loss and gradient are those of the same labels from here, and 0 where nobody knows any", async () => {
  const rng = new Rng(3), shape = [2, 4, 8, 8, CLASSES] as const, voxels = 2 * 4 * 8 * 8;
  const logits = tf.tensor5d(Float32Array.from({ length: voxels * CLASSES }, () => rng.normal()), [...shape]);
  for (const [labels, balance] of [[labelsOf(voxels, 0.3, 4), 0], [labelsOf(voxels, 0.1, 5), 0.5]] as const) {
    const settings = { balance, dice: 0.7, crossEntropy: 1.3, smooth: 1e-5 };
    const card = tf.valueAndGrad((x) => taughtLoss(x as tf.Tensor5D, onCard(labels), settings))(logits);
    const here = tf.valueAndGrad((x) => diceCrossEntropy(x as tf.Tensor5D, labels, settings))(logits);
    assertAlmostEquals((await card.value.data())[0], (await here.value.data())[0], 1e-4);
    const [actual, expected] = [await card.grad.data<"float32">(), await here.grad.data<"float32">()];
    const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expected.forEach((value, i) => assert(Math.abs(actual[i] - value) <= 1e-4 * scale, `${i}: ${actual[i]} ${value}`));
    const [, share] = classTableKernel.run({ labels: onCard(labels) }, { classes: CLASSES, balance });
    const sure = labels.filter((label) => label !== IGNORED).length / voxels;
    assertAlmostEquals((await share.data())[0], sure, 1e-6);
  }
  const none = onCard(new Uint8Array(voxels).fill(IGNORED)),
    settings = { balance: 0, dice: 1, crossEntropy: 1, smooth: 1e-5 };
  const { value, grad } = tf.valueAndGrad((x) => taughtLoss(x as tf.Tensor5D, none, settings))(logits);
  assertEquals([(await value.data())[0], (await tf.max(tf.abs(grad)).data())[0]], [0, 0]);
});
