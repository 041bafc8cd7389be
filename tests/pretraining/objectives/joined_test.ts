import { assertAlmostEquals, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../../src/core/errors.ts";
import { Rng } from "../../../src/core/rng.ts";
import { syntheticCase, viewBatch } from "../_fixtures.ts";
import { smallConfigOf, smallObjective } from "../_objectives.ts";

const JOINED = ["fcl-reconstruction", "fcl-volume-fusion"];
const cases = [syntheticCase(1), syntheticCase(2)];

/** The loss of one batch at the initial weights, and what it moves. */
async function stepOf(name: string, changes: Record<string, unknown>) {
  const config = smallConfigOf(name, changes);
  const objective = await smallObjective(config);
  const { loss, gradients, finish } = objective.step(viewBatch(cases, config, 4), { rng: new Rng(1), step: 0 });
  await finish({ moves: false });
  objective.dispose();
  return { loss: loss.dataSync()[0], gradients };
}

const separate = (name: string) => name === "fcl-reconstruction" ? [true, false] : [undefined];

for (const name of JOINED) {
  Deno.test(`${name}: the loss is the weighted sum of both parts`, async () => {
    await tf.setBackend("cpu");
    for (const sharedForward of separate(name)) {
      const lossOf = async (contrastWeight: number, pretextWeight: number) =>
        (await stepOf(name, { contrastWeight, pretextWeight, sharedForward })).loss;
      const [contrast, pretext, both] = [await lossOf(1, 0), await lossOf(0, 1), await lossOf(2, 3)];
      assertEquals([contrast > 0, pretext > 0], [true, true]);
      assertAlmostEquals(both, 2 * contrast + 3 * pretext, 1e-4);
    }
  });

  Deno.test(`${name}: without the pretext it is FCL, if each part has a pass of its own`, async () => {
    await tf.setBackend("cpu");
    const own = name === "fcl-reconstruction" ? { sharedForward: false } : {};
    const joined = await stepOf(name, { pretextWeight: 0, ...own });
    const { projections } = smallConfigOf(name);
    const alone = await stepOf("fcl", { decoderLevel: 0, projections });
    assertEquals(joined.loss, alone.loss);
    for (const [variable, gradient] of alone.gradients) {
      assertEquals([...joined.gradients.get(variable)!.dataSync()], [...gradient.dataSync()], variable);
    }
    assertEquals([...alone.gradients.keys()].some((variable) => variable.startsWith("decoder/level0/")), false);
  });

  Deno.test(`${name}: the whole decoder is trained, and its average over steps passed on`, async () => {
    await tf.setBackend("cpu");
    const objective = await smallObjective(smallConfigOf(name));
    const { gradients } = await stepOf(name, {});
    assertEquals([...gradients.keys()], [...objective.variables.keys()]);
    for (const variable of ["encoder/level0/block0/filter", "decoder/level0/block1/filter"]) {
      assertEquals(objective.transferable.get(variable), objective.shared.get(`momentum/${variable}`));
      assertNotEquals(objective.transferable.get(variable), undefined);
    }
    objective.dispose();
  });
}

Deno.test("with a shared pass the queries are of masked patches, and the keys of whole ones", async () => {
  await tf.setBackend("cpu");
  const lossOf = async (maskRatio: number, sharedForward: boolean) =>
    (await stepOf("fcl-reconstruction", { pretextWeight: 0, maskRatio, sharedForward })).loss;
  assertNotEquals(await lossOf(0.25, true), await lossOf(0.75, true));
  assertEquals(await lossOf(0.25, false), await lossOf(0.75, false));
});

Deno.test("a patch of one cube is refused, and nothing is left of what was made", async () => {
  await tf.setBackend("cpu");
  const before = tf.memory().numTensors;
  await assertRejects(
    () => smallObjective(smallConfigOf("fcl-reconstruction", { patch: [4, 4, 4] })),
    UserError,
    "more than one voxel of the encoder's last map",
  );
  assertEquals(tf.memory().numTensors, before);
});
