import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { drawMask, maskedError } from "../../../src/pretraining/objectives/reconstruction.ts";
import { UserError } from "../../../src/core/errors.ts";
import { Rng } from "../../../src/core/rng.ts";
import { startEngine } from "../../../src/engine/engine.ts";
import { upsample3d } from "../../../src/engine/ops/upsample3d.ts";
import { syntheticCase, viewBatch } from "../_fixtures.ts";
import { smallConfigOf, smallObjective } from "../_objectives.ts";
import { gradientAgrees } from "../_references.ts";

const asVolume = (values: number[][]) =>
  tf.tensor(values).reshape([values.length, 1, 1, values[0].length, 1]) as tf.Tensor5D;

/** The mean over hidden voxels of the squared error, in float64. */
function literalError(predicted: number[][], truth: number[][], mask: number[][]): number {
  let total = 0, hidden = 0;
  predicted.forEach((row, i) =>
    row.forEach((value, j) => {
      if (mask[i][j] === 0) return;
      total += (value - truth[i][j]) ** 2;
      hidden++;
    })
  );
  return total / hidden;
}

for (const engine of ["cpu", "wasm"] as const) {
  Deno.test(`only hidden voxels count, each as much (${engine})`, async () => {
    await startEngine({ engine });
    const truth = [[1, 2, 3], [4, 5, 6]], mask = [[1, 0, 0], [0, 1, 1]];
    const predicted = [[3, 9, 9], [9, 5, 5]]; // errors of 2, 0 and 1 where hidden
    assertAlmostEquals(maskedError(asVolume(predicted), asVolume(truth), asVolume(mask)).dataSync()[0], 5 / 3, 1e-6);
    const rng = new Rng(4);
    const x = [0, 1].map(() => [0, 1, 2].map(() => rng.normal()));
    const loss = (x: tf.Tensor2D) => maskedError(x.reshape([2, 1, 1, 3, 1]), asVolume(truth), asVolume(mask));
    assertAlmostEquals(loss(tf.tensor2d(x)).dataSync()[0], literalError(x, truth, mask), 1e-4);
    gradientAgrees(x, loss, (x) => literalError(x, truth, mask));
  });
}

Deno.test("the mask hides its share of every patch's cubes, never all and never none, as the seed says", () => {
  const hidden = (ratio: number) => {
    const mask = drawMask(3, [2, 2, 3], ratio, new Rng(5));
    return [0, 1, 2].map((patch) => mask.slice(patch * 12, (patch + 1) * 12).reduce((sum, value) => sum + value, 0));
  };
  assertEquals(hidden(0.75), [9, 9, 9]);
  assertEquals(hidden(0.95), [11, 11, 11]);
  assertEquals(hidden(0.05), [1, 1, 1]);
  assertEquals(drawMask(1, [2, 2, 2], 0.95, new Rng(5)).filter((value) => value === 1).length, 7);
  const mask = drawMask(2, [2, 2, 3], 0.5, new Rng(6));
  assertEquals(mask, drawMask(2, [2, 2, 3], 0.5, new Rng(6)));
  assertEquals(mask.slice(0, 12).join() === mask.slice(12).join(), false);
});

Deno.test("the network does not see what is hidden", async () => {
  await tf.setBackend("cpu");
  const config = smallConfigOf("reconstruction");
  const objective = await smallObjective(config);
  const { images, places } = viewBatch([syntheticCase(1)], config, 1);
  const cubes = tf.tensor5d(drawMask(2, [2, 2, 2], config.maskRatio, new Rng(9)), [2, 2, 2, 2, 1]); // as the step draws them
  const hidden = tf.split(upsample3d(cubes, [4, 4, 4]), 2) as tf.Tensor5D[]; // [1, 8, 8, 8, 1] a view
  const lossAt = (shift: number) => {
    const shifted = images.map((image, view) => image.add(hidden[view].mul(shift)) as tf.Tensor5D);
    return objective.step({ images: shifted, places }, { rng: new Rng(9), step: 0 }).loss.dataSync()[0];
  };
  // the mean of (p - t - s)^2 over hidden voxels has the second difference 2 s^2 in the shift s of the truth t there,
  // whatever the prediction p is, if it does not depend on s
  assertAlmostEquals(lossAt(-2) - 2 * lossAt(0) + lossAt(2), 2 * 2 ** 2, 1e-3);
  objective.dispose();
});

Deno.test("a patch of one cube is refused, and every level of the decoder is trained", async () => {
  await tf.setBackend("cpu");
  const before = tf.memory().numTensors;
  await assertRejects(
    () => smallObjective(smallConfigOf("reconstruction", { patch: [4, 4, 4] })),
    UserError,
    "more than one voxel of the encoder's last map (pretrain.patch: 4 x 4 x 4)",
  );
  assertEquals(tf.memory().numTensors, before);
  const objective = await smallObjective(smallConfigOf("reconstruction"));
  assertEquals([...objective.transferable.keys()].some((name) => name.startsWith("decoder/level0/")), true);
  objective.dispose();
});
