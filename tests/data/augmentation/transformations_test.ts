import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../../src/core/rng.ts";
import { drawFrom } from "../../../src/data/augmentation/transformation.ts";
import { scaleBrightness } from "../../../src/data/augmentation/transformations/brightness.ts";
import { scaleContrast } from "../../../src/data/augmentation/transformations/contrast.ts";
import { gammaKeepingMoments } from "../../../src/data/augmentation/transformations/gamma.ts";
import { gaussianBlur } from "../../../src/data/augmentation/transformations/gaussian_blur.ts";
import { lowerResolution } from "../../../src/data/augmentation/transformations/low_resolution.ts";
import { transformations } from "../../../src/data/augmentation/transformations/registry.ts";

const SHAPE = [3, 5, 8] as const;

function noise(seed = 1): Float32Array {
  const rng = new Rng(seed);
  return Float32Array.from({ length: 120 }, () => rng.normal());
}

function moments(image: Float32Array): [mean: number, deviation: number] {
  const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
  return [mean, Math.sqrt(image.reduce((sum, value) => sum + (value - mean) ** 2, 0) / image.length)];
}

for (const { name, change } of transformations) {
  Deno.test(`${name} makes an image of its own, of the generator alone, and is defined on any patch`, () => {
    const changed = (image: Float32Array, shape: typeof SHAPE | readonly [1, 1, 120], seed: number) => {
      const rng = new Rng(seed);
      return change(image, { shape, across: 0, draw: () => rng.uniform(0.5, 0.7), rng });
    };
    const image = noise();
    const result = changed(image, SHAPE, 1);
    assertEquals(image, noise());
    assert(result.length === 120 && result.some((value, i) => value !== image[i]));
    assertEquals(changed(image, SHAPE, 1), result);
    assert(changed(image, [1, 1, 120], 2).every(Number.isFinite));
    assert(changed(new Float32Array(120).fill(3), SHAPE, 1).every(Number.isFinite)); // without any contrast
  });
}

Deno.test("a range with 1 inside is drawn below 1 as often as above; others are uniform", () => {
  const rng = new Rng(1);
  const drawn = Array.from({ length: 1000 }, () => drawFrom([0.7, 1.9], rng));
  assert(drawn.every((value) => value >= 0.7 && value < 1.9));
  const below = drawn.filter((value) => value < 1).length;
  assert(below > 440 && below < 560);
  const scales = Array.from({ length: 1000 }, () => drawFrom([0.5, 1], rng));
  assertAlmostEquals(scales.reduce((sum, value) => sum + value, 0) / 1000, 0.75, 0.02);
});

Deno.test("brightness is a factor, contrast a factor on the distance from the mean, within the range", () => {
  assertEquals(scaleBrightness(Float32Array.of(-1, 0, 2), 0.75), Float32Array.of(-0.75, 0, 1.5));
  assertEquals(scaleContrast(Float32Array.of(0, 1, 2, 5), 0.5), Float32Array.of(1, 1.5, 2, 3.5));
  assertEquals(scaleContrast(Float32Array.of(0, 1, 2, 5), 1.25), Float32Array.of(0, 0.75, 2, 5));
});

for (const inverted of [false, true]) {
  Deno.test(`gamma${inverted ? " of inverted intensities" : ""} keeps mean, deviation and order, and bends`, () => {
    const image = noise();
    const bent = gammaKeepingMoments(image, 1.5, inverted);
    moments(bent).forEach((value, i) => assertAlmostEquals(value, moments(image)[i], 1e-5));
    const order = (values: Float32Array) => [...values.keys()].sort((a, b) => values[a] - values[b]);
    assertEquals(order(bent), order(image));
    // the dark end is pressed together by a power above 1, the bright one where intensities are inverted
    const [sorted, before] = [bent, image].map((values) => values.slice().sort());
    const narrowed = (a: number, b: number) => (sorted[b] - sorted[a]) / (before[b] - before[a]);
    const dark = narrowed(0, 40), bright = narrowed(80, 119);
    assert(inverted ? bright < dark : dark < bright);
  });
}

Deno.test("half the voxels are every second one, brought back linearly", () => {
  // 8 voxels along x become 4: of each pair the second, whose centre is between them, is taken
  const row = Float32Array.of(9, 0, 9, 4, 9, 8, 9, 16);
  const expected = Float32Array.of(0, 1, 3, 5, 7, 10, 14, 16);
  assertEquals(lowerResolution(row, [1, 1, 8], [1, 1, 0.5]), expected);
  const spread = new Float32Array(16);
  row.forEach((value, i) => spread.set([value, value], 2 * i));
  const lower = lowerResolution(spread, [1, 8, 2], [0.5, 0.5, 0.5]);
  assertEquals(lower.filter((_, i) => i % 2 === 1), expected);
});

Deno.test("low resolution stays as it is across thick slices", () => {
  const image = Float32Array.from({ length: 120 }, (_, i) => Math.floor(i / 40) ** 2);
  const low = transformations.named("low-resolution").change;
  const rng = new Rng(1);
  assertEquals(low(image, { shape: SHAPE, across: 0, draw: () => 0.5, rng }), image);
  const blurred = low(image, { shape: SHAPE, across: undefined, draw: () => 0.5, rng });
  assert(blurred.some((value, i) => value !== image[i]));
});

Deno.test("blur of a deviation an axis is one along each after the other", () => {
  const once = gaussianBlur(noise(), SHAPE, [0.6, 0.9, 0.7]);
  let twice = gaussianBlur(noise(), SHAPE, [0.6, 0, 0]);
  twice = gaussianBlur(twice, SHAPE, [0, 0.9, 0]);
  twice = gaussianBlur(twice, SHAPE, [0, 0, 0.7]);
  assertEquals(once, twice);
});
