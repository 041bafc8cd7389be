import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../src/core/rng.ts";
import { globalNorm } from "../../../src/engine/optimiser.ts";
import { syntheticCase, viewBatch } from "../_fixtures.ts";
import { smallConfigOf, smallObjective } from "../_objectives.ts";

const cases = [syntheticCase(1), syntheticCase(2)];

Deno.test("the pyramid that is read is the expanding path: all levels that are pre-trained learn", async () => {
  await tf.setBackend("cpu");
  for (const decoderLevel of [0, 1, null]) {
    const config = smallConfigOf("voxel", { decoderLevel });
    const objective = await smallObjective(config);
    const { gradients } = objective.step(viewBatch(cases, config, 4), { rng: new Rng(1), step: 0 });
    assertEquals([...gradients.keys()], [...objective.variables.keys()], `${decoderLevel}`);
    objective.dispose();
  }
});

Deno.test("views without a place in common teach nothing, and break nothing", async () => {
  await tf.setBackend("cpu");
  const config = smallConfigOf("voxel");
  const objective = await smallObjective(config);
  const { images, places } = viewBatch(cases, config, 4);
  const away = places[1].map((place) => ({
    ...place,
    toVolume: place.toVolume.map((v, i) => i % 4 === 3 ? v + 9 : v),
  }));
  const { loss, gradients, finish } = objective.step({ images, places: [places[0], away] }, {
    rng: new Rng(1),
    step: 0,
  });
  await finish({ moves: true });
  assertEquals([loss.dataSync()[0], gradients.size, await globalNorm(gradients)], [0, 0, 0]);
  objective.dispose();
});

Deno.test("rows are paired by their place in the volume: of the same crop twice, shifted places cost more", async () => {
  await tf.setBackend("cpu");
  const config = smallConfigOf("voxel", { decoderLevel: 0 });
  const objective = await smallObjective(config);
  const { images, places } = viewBatch(cases, config, 4);
  // the same crop twice: features agree at the same place and nowhere else, before any training
  const same = { images: [images[0], images[0]], places: [places[0], places[0]] };
  const shifted = {
    images: same.images,
    places: [
      places[0],
      places[0].map((place) => ({ ...place, toVolume: place.toVolume.map((v, i) => i === 3 ? v + 3 / 12 : v) })),
    ],
  };
  const lossOf = (batch: typeof same) => objective.step(batch, { rng: new Rng(1), step: 0 }).loss.dataSync()[0];
  assertEquals(lossOf(same) < lossOf(shifted), true, `${lossOf(same)} ${lossOf(shifted)}`);
  objective.dispose();
});
