import { assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../src/core/errors.ts";
import { DivergenceWatch, type SeenStep } from "../../src/model/divergence.ts";

await tf.setBackend("cpu");

const bad: SeenStep = { loss: NaN, norm: NaN, gradients: new Map(), learningRate: 0.0123456 };
const good: SeenStep = { ...bad, loss: 1, norm: 1 };

function watchOver(weights = 1, voxel = 0, patience?: number) {
  return new DivergenceWatch({
    doing: "training",
    variables: new Map([["first", tf.variable(tf.scalar(1))], ["second", tf.variable(tf.scalar(weights))]]),
    volumes: [{ id: "whole", image: Float32Array.of(0) }, { id: "torn", image: Float32Array.of(1, voxel) }],
    patience,
  });
}

Deno.test("skipped steps are counted, and a finite one in between lets the count in a row begin anew", async () => {
  const watch = watchOver(1, 0, 3);
  for (const step of [bad, bad, good, bad, bad, good]) await watch.see(step);
  assertEquals(watch.skipped, 4);
  for (const step of [bad, bad]) await watch.see(step);
  await assertRejects(
    () => watch.see(bad),
    UserError,
    "training: 3 steps in a row gave no finite loss and gradients; ",
  );
  assertEquals(watch.skipped, 7);
});

Deno.test("five steps in a row end a training of which nothing else is said, one where patience is 1", async () => {
  const watch = watchOver();
  for (let step = 0; step < 4; step++) await watch.see(bad);
  await assertRejects(() => watch.see(bad), UserError, "5 steps in a row");
  await assertRejects(() => watchOver(1, 0, 1).see(bad), UserError, "training: a step gave no finite loss");
});

for (
  const [cause, watch, step, diagnosis] of [
    ["a volume", watchOver(NaN, Infinity), bad, "the volume torn holds values that are not finite"],
    [
      "weights",
      watchOver(Infinity),
      bad,
      "the weights second are not finite: those that were loaded or averaged were not, or the learning rate of 0.0123 is too high",
    ],
    [
      "a gradient",
      watchOver(),
      { ...bad, loss: 2, gradients: new Map([["first", tf.scalar(1)], ["second", tf.scalar(-Infinity)]]) },
      "the loss was 2 and the gradient of second is not finite: lower the learning rate of 0.0123",
    ],
    [
      "a norm beyond float32",
      watchOver(),
      { ...good, norm: Infinity, gradients: new Map([["first", tf.scalar(1e30)]]) },
      "the loss was 1 and the gradients' norm Infinity: lower the learning rate of 0.0123",
    ],
  ] as const
) {
  Deno.test(`the diagnosis names ${cause} that is at fault`, async () => {
    for (let seen = 0; seen < 4; seen++) await watch.see(step);
    await assertRejects(() => watch.see(step), UserError, diagnosis);
  });
}
