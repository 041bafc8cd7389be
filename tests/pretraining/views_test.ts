import { assertEquals, assertNotEquals } from "@std/assert";
import { volumePosition } from "../../src/pretraining/_positions.ts";
import { viewsFrom, type ViewsInput } from "../../src/pretraining/views.ts";
import { openLoader } from "../../src/data/loading/loader.ts";
import { shareCase } from "../../src/data/loading/share.ts";
import { smallConfig, syntheticCase } from "./_fixtures.ts";

const STILL = { geometry: { rotation: 0, scale: [1, 1] }, intensity: { probability: 0, invert: 0 } };
const cases = [syntheticCase(1, 40), syntheticCase(2, 40)];
const drawn = (config: ViewsInput["config"], seed: number, of = cases) =>
  viewsFrom({ cases: of, config })({ cases: of.map((_, index) => index), seed });
const middle = (toVolume: Float64Array) => volumePosition(toVolume, [3.5, 3.5, 3.5]);

Deno.test("two views of each volume, in the volumes' order, each augmented in its own way", () => {
  const { images, places } = drawn(smallConfig({ augmentation: { intensity: { probability: 1 } } }), 1);
  assertEquals(images.map(({ length }) => length), [2 * 8 ** 3, 2 * 8 ** 3]);
  assertEquals(places.map((view) => view.map(({ volume }) => volume)), [[0, 1], [0, 1]]);
  assertEquals(places.map((view) => view.map(({ view }) => view)), [[0, 0], [1, 1]]);
  // intensities differ from those of the same geometry without intensity augmentation, in both views
  const bare = drawn(smallConfig({ augmentation: { intensity: { probability: 0, invert: 0 } } }), 1, [cases[0]]);
  const first = images[0].slice(0, 512), second = images[1].slice(0, 512);
  assertEquals(first.some((value, i) => value !== bare.images[0][i]), true);
  assertEquals(first.some((value, i) => value !== second[i]), true);
});

Deno.test("the same seed gives the same views, another one others", () => {
  assertEquals(drawn(smallConfig(), 4), drawn(smallConfig(), 4));
  assertNotEquals(drawn(smallConfig(), 4), drawn(smallConfig(), 5));
});

Deno.test("the views of the Worker are those of this thread", async () => {
  const input = { cases: cases.map(shareCase), config: smallConfig({ views: "near" }) };
  const worker = new URL("../../src/pretraining/_views_worker.ts", import.meta.url);
  const loader = openLoader({ input, prepareFrom: viewsFrom, worker, ahead: 2 });
  await loader.started();
  const requests = [{ cases: [1, 0], seed: 5 }, { cases: [0, 0], seed: 6 }];
  assertEquals(await Array.fromAsync(loader.batches(requests)), requests.map(viewsFrom(input)));
  await loader.stop();
});

Deno.test("near views' centres lie within a quarter of a patch, others anywhere", () => {
  const greatest = (views: "near" | "anywhere") => {
    let distance = 0;
    for (let seed = 0; seed < 30; seed++) {
      const { places } = drawn(smallConfig({ views, augmentation: STILL }), seed);
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

Deno.test("overlapping views share .4 to .8 of a patch, and stay inside the volume", () => {
  const config = smallConfig({ views: "overlapping", augmentation: STILL });
  const shares: number[] = [];
  for (let seed = 0; seed < 60; seed++) {
    const { places } = drawn(config, seed);
    for (const volume of [0, 1]) {
      const [one, two] = places.map((view) => middle(view[volume].toVolume));
      const apart = one.map((value, axis) => Math.abs(value - two[axis]) * 40 / 8); // in patches
      shares.push(apart.reduce((share, along) => share * (1 - along), 1));
      assertEquals(two.every((value) => value >= 0.1 - 1e-9 && value <= 0.9 + 1e-9), true, `${two}`);
    }
  }
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  assertEquals(least >= 0.4 - 1e-9 && least < 0.45 && most > 0.75 && most <= 0.8 + 1e-9, true, `${least} to ${most}`);
});

Deno.test("along an axis that a patch fills, overlapping views are not shifted; where little room is left, less far", () => {
  const config = smallConfig({ patch: [4, 8, 8], views: "overlapping", augmentation: STILL });
  const thin = [{ ...cases[0], shape: [4, 40, 9] as const, image: cases[0].image.slice(0, 4 * 40 * 9) }];
  for (let seed = 0; seed < 20; seed++) {
    const { places } = drawn(config, seed, thin);
    const [one, two] = places.map(([{ toVolume }]) => volumePosition(toVolume, [1.5, 3.5, 3.5]));
    assertEquals([one[0], two[0]], [0.5, 0.5]);
    assertEquals(two[2] >= 4 / 9 - 1e-9 && two[2] <= 5 / 9 + 1e-9, true);
  }
});
