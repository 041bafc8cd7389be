import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { infoNce } from "../../../src/pretraining/objectives/moco.ts";
import { Rng } from "../../../src/core/rng.ts";
import { startEngine } from "../../../src/engine/engine.ts";
import { syntheticCase, viewBatch } from "../_fixtures.ts";
import { smallConfigOf, smallObjective } from "../_objectives.ts";
import { dot, gradientAgrees, unitRows } from "../_references.ts";

/** Equation 1 of arXiv 1911.05722, in float64: the sum is over one positive and the queue. */
function literalInfoNce(q: number[][], keys: number[][], queue: number[][], temperature: number): number {
  const losses = q.map((row, i) => {
    const positive = Math.exp(dot(row, keys[i]) / temperature);
    const negatives = queue.reduce((sum, key) => sum + Math.exp(dot(row, key) / temperature), 0);
    return -Math.log(positive / (positive + negatives));
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / q.length;
}

for (const engine of ["cpu", "wasm"] as const) {
  Deno.test(`InfoNCE of a match against two orthogonal keys of the queue is log(1 + 2 / e) (${engine})`, async () => {
    await startEngine({ engine });
    const key = tf.tensor2d([[1, 0, 0]]), queue = tf.tensor2d([[0, 1, 0], [0, 0, 1]]);
    assertAlmostEquals(infoNce(key, key, queue, 1).dataSync()[0], Math.log(1 + 2 / Math.E), 1e-6);
    assertEquals(infoNce(key, key, tf.zeros([0, 3]), 1).dataSync()[0], 0); // nothing to tell it from
  });

  Deno.test(`InfoNCE is the paper's, and so is its gradient (${engine})`, async () => {
    await startEngine({ engine });
    const rng = new Rng(2);
    const q = unitRows(3, 4, rng), keys = unitRows(3, 4, rng), queue = unitRows(5, 4, rng);
    const expected = literalInfoNce(q, keys, queue, 0.2);
    const loss = (x: tf.Tensor2D) => infoNce(x, tf.tensor2d(keys), tf.tensor2d(queue), 0.2);
    assertAlmostEquals(loss(tf.tensor2d(q)).dataSync()[0], expected, 1e-5);
    gradientAgrees(q, loss, (x) => literalInfoNce(x, keys, queue, 0.2));
  });
}

Deno.test("the queue holds the latest keys, as many as it may, and the batch's own join it after the step", async () => {
  await tf.setBackend("cpu");
  const config = smallConfigOf("moco", { queue: 3 });
  const objective = await smallObjective(config);
  const rows: number[] = [], losses: number[] = [];
  for (let step = 0; step < 3; step++) {
    const { loss, finish } = objective.step(viewBatch([syntheticCase(1), syntheticCase(2)], config, step), {
      rng: new Rng(step),
      step: 0,
    });
    losses.push(loss.dataSync()[0]);
    await finish({ moves: false });
    rows.push(objective.save()[1].data.length);
  }
  assertEquals(rows, [2, 3, 3]);
  assertEquals([losses[0] === 0, losses[1] > 0], [true, true]); // the batch's own keys are no negatives
  objective.dispose();
});
