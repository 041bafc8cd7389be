import { assert, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../../src/core/rng.ts";
import { changeIntensities } from "../../../src/data/augmentation/augmented_patch.ts";
import { augmentations } from "../../../src/data/augmentation/sets/registry.ts";
import type { Patch } from "../../../src/data/patches.ts";

const patch: Patch = {
  channels: 2,
  image: Float32Array.from({ length: 128 }, (_, i) => Math.sin(i)),
  label: new Uint8Array(64),
  shape: [4, 4, 4],
  toVolume: new Float64Array(12),
};

const changed = (transformations: { name: string; probability: number; range: [number, number] }[], seed = 1) =>
  changeIntensities(patch, { transformations }, { spacing: [1, 1, 1], rng: new Rng(seed) });

Deno.test("each channel of a patch draws for itself; label and geometry are shared", () => {
  const { image, label, toVolume } = changed([{ name: "brightness", probability: 1, range: [2, 3] }]);
  const factors = [image[1] / patch.image[1], image[65] / patch.image[65]];
  assert(factors.every((factor) => factor >= 2 && factor < 3) && factors[0] !== factors[1]);
  image.forEach((value, i) => assert(Math.abs(value - factors[i >> 6] * patch.image[i]) < 1e-5));
  assert(label === patch.label && toVolume === patch.toVolume);
});

Deno.test("transformations come one after another, as often as their probability says", () => {
  const twice = changed([
    { name: "brightness", probability: 1, range: [2, 2] },
    { name: "brightness", probability: 1, range: [3, 3] },
  ]);
  twice.image.forEach((value, i) => assert(Math.abs(value - 6 * patch.image[i]) < 1e-5));
  let happened = 0;
  for (let seed = 0; seed < 500; seed++) {
    const { image } = changed([{ name: "brightness", probability: 0.3, range: [2, 2] }], seed);
    if (image[1] !== patch.image[1]) happened++;
  }
  assert(happened > 110 && happened < 190);
});

Deno.test("sets are found by name, and one of unknown transformations is refused", () => {
  assertEquals(augmentations.names.slice(0, 3), ["default", "nnunet", "strong"]);
  const transformations = [{ name: "fog", probability: 1, range: [0, 1] as const }];
  assertThrows(() => augmentations.register({ name: "foggy", augmentation: { transformations } }), Error, "fog");
});
