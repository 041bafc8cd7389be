import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { volumePosition } from "../../src/contrastive/_positions.ts";
import { sampleViews } from "../../src/contrastive/views.ts";
import { Rng } from "../../src/core/rng.ts";
import { smallConfig, syntheticCase } from "./_fixtures.ts";

const STILL = { geometry: { rotation: 0, scale: [1, 1] }, intensity: { probability: 0, invert: 0 } };
const cases = [syntheticCase(1, 40), syntheticCase(2, 40)];
const middle = (toVolume: Float64Array) => volumePosition(toVolume, [3.5, 3.5, 3.5]);

Deno.test("two views of each volume, in the volumes' order, each augmented in its own way", async () => {
  await tf.setBackend("cpu");
  const { images, places } = sampleViews(
    cases,
    smallConfig({ augmentation: { intensity: { probability: 1 } } }),
    new Rng(1),
  );
  assertEquals(images.map(({ shape }) => shape), [[2, 8, 8, 8, 1], [2, 8, 8, 8, 1]]);
  assertEquals(places.map((view) => view.map(({ volume }) => volume)), [[0, 1], [0, 1]]);
  assertEquals(places.map((view) => view.map(({ view }) => view)), [[0, 0], [1, 1]]);
  // intensities differ from those of the same geometry without intensity augmentation, in both views
  const bare = sampleViews(
    [cases[0]],
    smallConfig({ augmentation: { intensity: { probability: 0, invert: 0 } } }),
    new Rng(1),
  );
  const first = images[0].dataSync().slice(0, 512), second = images[1].dataSync().slice(0, 512);
  assertEquals(first.some((value, i) => value !== bare.images[0].dataSync()[i]), true);
  assertEquals(first.some((value, i) => value !== second[i]), true);
});

Deno.test("the same seed gives the same views", async () => {
  await tf.setBackend("cpu");
  const [a, b] = [0, 1].map(() => sampleViews(cases, smallConfig(), new Rng(4)));
  assertEquals(a.images.map((view) => [...view.dataSync()]), b.images.map((view) => [...view.dataSync()]));
  assertEquals(a.places, b.places);
});

Deno.test("near views' centres lie within a quarter of a patch, others anywhere", async () => {
  await tf.setBackend("cpu");
  const greatest = (views: "near" | "anywhere") => {
    let distance = 0;
    for (let seed = 0; seed < 30; seed++) {
      const { places } = sampleViews(cases, smallConfig({ views, augmentation: STILL }), new Rng(seed));
      for (const volume of [0, 1]) {
        const [one, two] = places.map((view) => middle(view[volume].toVolume));
        distance = Math.max(distance, ...one.map((value, axis) => Math.abs(value - two[axis])));
      }
    }
    return distance * 40 / 8; // in patches
  };
  const near = greatest("near");
  assertEquals(near > 0.1 && near <= 0.25 + 1e-9, true, `${near}`);
  assertEquals(greatest("anywhere") > 1, true);
});
