import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { turnedVoxels, turnsOf } from "../../../src/pretraining/_quarter_turns.ts";
import { crossEntropy } from "../../../src/pretraining/objectives/rotation.ts";
import { Rng } from "../../../src/core/rng.ts";
import { startEngine } from "../../../src/engine/engine.ts";
import { syntheticCase, viewBatch } from "../_fixtures.ts";
import { smallConfigOf, smallObjective } from "../_objectives.ts";
import { gradientAgrees } from "../_references.ts";

/** -log softmax of the true class, the mean over the rows, in float64. */
function literalCrossEntropy(logits: number[][], classes: number[]): number {
  const losses = logits.map((row, i) =>
    -Math.log(Math.exp(row[classes[i]]) / row.reduce((sum, value) => sum + Math.exp(value), 0))
  );
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

for (const engine of ["cpu", "wasm"] as const) {
  Deno.test(`the cross-entropy of equal logits is log 10, of a certain answer 0, and else the reference's (${engine})`, async () => {
    await startEngine({ engine });
    assertAlmostEquals(crossEntropy(tf.zeros([2, 10]), [3, 0]).dataSync()[0], Math.log(10), 1e-6);
    assertAlmostEquals(crossEntropy(tf.tensor2d([[80, 0, 0]]), [0]).dataSync()[0], 0, 1e-6);
    const rng = new Rng(6);
    const logits = Array.from({ length: 3 }, () => Array.from({ length: 4 }, () => 2 * rng.normal()));
    const classes = [0, 3, 1];
    const loss = (x: tf.Tensor2D) => crossEntropy(x, classes);
    assertAlmostEquals(loss(tf.tensor2d(logits)).dataSync()[0], literalCrossEntropy(logits, classes), 1e-5);
    gradientAgrees(logits, loss, (x) => literalCrossEntropy(x, classes));
  });
}

Deno.test("a cube has the ten turns, a patch with two extents alike six, one without four", () => {
  assertEquals(turnsOf([4, 4, 4]).length, 10);
  assertEquals(turnsOf([2, 4, 4]).map(({ axis, quarters }) => `${axis}${quarters}`), [
    "00",
    "01",
    "02",
    "03",
    "12",
    "22",
  ]);
  assertEquals(turnsOf([2, 3, 4]).map(({ axis, quarters }) => `${axis}${quarters}`), ["00", "02", "12", "22"]);
});

Deno.test("a quarter turn about z takes x to y, four are none, two halves are none, and no turn is another", () => {
  assertEquals([...turnedVoxels([1, 2, 2], { axis: 0, quarters: 1 })], [2, 0, 3, 1]); // 0 1 / 2 3 to 2 0 / 3 1
  assertEquals([...turnedVoxels([1, 2, 3], { axis: 0, quarters: 2 })], [5, 4, 3, 2, 1, 0]);
  assertEquals([...turnedVoxels([2, 1, 3], { axis: 0, quarters: 2 })], [2, 1, 0, 5, 4, 3]);
  const patch = [3, 3, 3] as const;
  const after = (turn: Int32Array, voxels: Int32Array) => turn.map((voxel) => voxels[voxel]);
  const identity = Int32Array.from({ length: 27 }, (_, i) => i);
  for (const axis of [0, 1, 2] as const) {
    const quarter = turnedVoxels(patch, { axis, quarters: 1 });
    const half = after(quarter, quarter);
    assertEquals(half, turnedVoxels(patch, { axis, quarters: 2 }));
    assertEquals(after(quarter, half), turnedVoxels(patch, { axis, quarters: 3 }));
    assertEquals(after(half, half), identity);
  }
  const all = turnsOf(patch).map((turn) => turnedVoxels(patch, turn).join());
  assertEquals(new Set(all).size, 10);
  assertEquals(all[0], identity.join());
});

Deno.test("turns are rotations: none mirrors a patch", () => {
  const patch = [3, 3, 3] as const;
  const at = (z: number, y: number, x: number) => (z * 3 + y) * 3 + x;
  for (const turn of turnsOf(patch)) {
    const voxels = turnedVoxels(patch, turn);
    const place = (voxel: number) => {
      const to = voxels.indexOf(voxel);
      return [Math.floor(to / 9) - 1, Math.floor(to / 3) % 3 - 1, to % 3 - 1];
    };
    const [a, b, c] = [place(at(2, 1, 1)), place(at(1, 2, 1)), place(at(1, 1, 2))]; // where the axes' ends go
    const determinant = a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) +
      a[2] * (b[0] * c[1] - b[1] * c[0]);
    assertEquals(determinant, 1, JSON.stringify(turn));
  }
});

Deno.test("the classifier has a class for each turn of the patch's form", async () => {
  await tf.setBackend("cpu");
  for (const [patch, classes] of [[[8, 8, 8], 10], [[4, 8, 8], 6], [[4, 8, 16], 4]] as const) {
    const objective = await smallObjective(smallConfigOf("rotation", { patch }));
    assertEquals(objective.shared.get("rotation/output/weights")?.shape, [8, classes]);
    objective.dispose();
  }
});

Deno.test("every patch of both views is turned and judged", async () => {
  await tf.setBackend("cpu");
  const config = smallConfigOf("rotation");
  const objective = await smallObjective(config);
  const { images, places } = viewBatch([syntheticCase(1), syntheticCase(2)], config, 4);
  const lossOf = (images: readonly tf.Tensor5D[]) =>
    objective.step({ images, places }, { rng: new Rng(1), step: 0 }).loss.dataSync()[0];
  const before = lossOf(images);
  for (const [view, volume] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
    const only = tf.oneHot([volume], 2).reshape([2, 1, 1, 1, 1]); // [2, 1, 1, 1, 1]
    const noise = tf.randomNormal([2, 8, 8, 8, 1], 0, 1, "float32", 1).mul(only);
    const changed = images.map((image, index) => index === view ? image.add(noise) as tf.Tensor5D : image);
    assertEquals(lossOf(changed) !== before, true, `view ${view} of volume ${volume}`);
  }
  objective.dispose();
});
