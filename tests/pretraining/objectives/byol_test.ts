import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { regressionLoss } from "../../../src/pretraining/objectives/byol.ts";
import { Rng } from "../../../src/core/rng.ts";
import { startEngine } from "../../../src/engine/engine.ts";
import { syntheticCase, viewBatch } from "../_fixtures.ts";
import { smallConfigOf, smallObjective } from "../_objectives.ts";
import { dot, gradientAgrees, unitRows } from "../_references.ts";

/** Equation 2 of arXiv 2006.07733 for either view, added up, the mean over the patches, in float64. */
function literalLoss(predictions: number[][], targets: number[][]): number {
  const patches = predictions.length / 2;
  let total = 0;
  for (let patch = 0; patch < patches; patch++) {
    for (const row of [patch, patch + patches]) {
      total += predictions[row].reduce((sum, value, i) => sum + (value - targets[row][i]) ** 2, 0);
    }
  }
  return total / patches;
}

for (const engine of ["cpu", "wasm"] as const) {
  Deno.test(`the loss is 0 where predictions hit, 4 at right angles and 8 where all are opposite (${engine})`, async () => {
    await startEngine({ engine });
    const rows = tf.tensor2d([[1, 0], [0, 1]]), turned = tf.tensor2d([[0, 1], [1, 0]]);
    const losses = [rows, turned, rows.neg() as tf.Tensor2D].map((targets) =>
      regressionLoss(rows, targets).dataSync()[0]
    );
    assertEquals(losses, [0, 4, 8]);
  });

  Deno.test(`the loss is the paper's, and so is its gradient (${engine})`, async () => {
    await startEngine({ engine });
    const rng = new Rng(3);
    const predictions = unitRows(6, 4, rng), targets = unitRows(6, 4, rng);
    const loss = (x: tf.Tensor2D) => regressionLoss(x, tf.tensor2d(targets));
    assertAlmostEquals(loss(tf.tensor2d(predictions)).dataSync()[0], literalLoss(predictions, targets), 1e-5);
    // the reference is of |q - z|^2, which is 2 - 2 q.z for rows of norm 1
    gradientAgrees(predictions, loss, (x) => x.reduce((sum, row, i) => sum + 2 - 2 * dot(row, targets[i]), 0) / 3);
  });
}

Deno.test("each view is predicted from the other: the loss does not depend on which comes first", async () => {
  await tf.setBackend("cpu");
  const config = smallConfigOf("byol");
  const objective = await smallObjective(config);
  const { images, places } = viewBatch([syntheticCase(1), syntheticCase(2), syntheticCase(3)], config, 4);
  const options = { rng: new Rng(1), step: 0 };
  const [one, other] = [{ images, places }, { images: images.toReversed(), places: places.toReversed() }].map((batch) =>
    objective.step(batch, options).loss.dataSync()[0]
  );
  const same = objective.step({ images: [images[0], images[0]], places }, options).loss.dataSync()[0];
  assertAlmostEquals(one, other, 1e-5);
  assertEquals(Math.abs(same - one) > 1e-3, true);
  objective.dispose();
});

Deno.test("a view is predicted from the other one of its own patch", async () => {
  await tf.setBackend("cpu");
  const config = smallConfigOf("byol");
  const objective = await smallObjective(config);
  const { images: [view], places: [of] } = viewBatch([syntheticCase(1), syntheticCase(2)], config, 4);
  // the same rows in another order: what is predicted from each is another patch, the heads' statistics are the same
  const turned = view.reverse(0) as tf.Tensor5D;
  const lossOf = (second: tf.Tensor5D) =>
    objective.step({ images: [view, second], places: [of, of] }, { rng: new Rng(1), step: 0 }).loss.dataSync()[0];
  assertEquals(Math.abs(lossOf(turned) - lossOf(view)) > 0.1, true);
  objective.dispose();
});
