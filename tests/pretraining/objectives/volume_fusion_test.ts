import { assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { drawMixing, fuse, mixingLoss } from "../../../src/pretraining/objectives/volume_fusion.ts";
import { Rng } from "../../../src/core/rng.ts";
import { diceCrossEntropy } from "../../../src/segmentation/losses.ts";
import { syntheticCase, viewBatch } from "../_fixtures.ts";
import { smallConfigOf, smallObjective } from "../_objectives.ts";

Deno.test("every class of mixing is drawn, about half of a patch is background, and the seed decides", () => {
  const counts = new Array<number>(5).fill(0);
  for (const ofVoxel of drawMixing(40, [16, 16, 16], new Rng(1))) counts[ofVoxel]++;
  const shares = counts.map((count) => count / (40 * 16 ** 3));
  assertEquals(shares.every((share) => share > 0.08) && shares[0] > 0.4 && shares[0] < 0.6, true, `${shares}`);
  assertEquals(drawMixing(2, [8, 8, 8], new Rng(3)), drawMixing(2, [8, 8, 8], new Rng(3)));
  assertNotEquals(drawMixing(2, [8, 8, 8], new Rng(3)), drawMixing(2, [8, 8, 8], new Rng(4)));
});

Deno.test("boxes end inside the patch, whatever its form", () => {
  for (const patch of [[1, 8, 8], [1, 1, 1], [3, 16, 5]] as const) {
    const classes = drawMixing(3, patch, new Rng(2));
    assertEquals(classes.length, 3 * patch[0] * patch[1] * patch[2]);
    assertEquals(classes.every((ofVoxel) => ofVoxel < 5), true);
  }
});

Deno.test("a voxel is its class's share of its own patch and the rest of the next one", async () => {
  await tf.setBackend("cpu");
  const patches = tf.tensor5d([0, 8, 16, 100, 108, 116], [3, 1, 1, 2, 1]);
  const fused = fuse(patches, Uint8Array.of(4, 3, 2, 0, 1, 0));
  assertEquals([...fused.dataSync()], [0, 0.75 * 8 + 0.25 * 100, 0.5 * 16 + 0.5 * 108, 116, 0.25 * 108 + 0.75 * 0, 8]);
});

Deno.test("the loss is that of segmentation", async () => {
  await tf.setBackend("cpu");
  const logits = tf.randomNormal([2, 4, 4, 4, 5], 0, 1, "float32", 1) as tf.Tensor5D;
  const classes = drawMixing(2, [4, 4, 4], new Rng(5));
  assertAlmostEquals(mixingLoss(logits, classes).dataSync()[0], diceCrossEntropy(logits, classes).dataSync()[0], 1e-6);
});

Deno.test("every level of the decoder is trained and passed on, the head is not", async () => {
  await tf.setBackend("cpu");
  const config = smallConfigOf("volume-fusion");
  const objective = await smallObjective(config);
  const { gradients } = objective.step(viewBatch([syntheticCase(1), syntheticCase(2)], config, 4), {
    rng: new Rng(1),
    step: 0,
  });
  assertEquals([...gradients.keys()], [...objective.variables.keys()]);
  const passed = [...objective.transferable.keys()];
  for (const level of ["decoder/level1/", "decoder/level0/"]) {
    assertEquals(passed.some((name) => name.startsWith(level)), true, level);
  }
  assertEquals(passed.some((name) => name.startsWith("fusion/")), false);
  objective.dispose();
});
