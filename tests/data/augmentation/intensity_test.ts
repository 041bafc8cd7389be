import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../../src/core/rng.ts";
import { gaussianBlur } from "../../../src/data/augmentation/transformations/gaussian_blur.ts";
import { augmentIntensity } from "../../../src/data/augmentation/intensity.ts";
import type { Patch } from "../../../src/data/patches.ts";

function noisePatch(seed = 1): Patch {
  const rng = new Rng(seed);
  return {
    image: Float32Array.from({ length: 512 }, () => rng.normal()),
    channels: 1,
    label: new Uint8Array(512),
    shape: [8, 8, 8],
    toVolume: new Float64Array(12),
  };
}

function order(image: Float32Array): number[] {
  return [...image.keys()].sort((a, b) => image[a] - image[b]);
}

Deno.test("without options nothing changes", () => {
  const patch = noisePatch();
  assertEquals(augmentIntensity(patch, {}, new Rng(1)).image, patch.image);
});

Deno.test("the patch itself is left as it is; label and geometry are shared", () => {
  const patch = noisePatch();
  const before = patch.image.slice();
  const changed = augmentIntensity(
    patch,
    { gamma: [0.5, 2], scale: [0.5, 2], shift: 1, noise: 1, blur: 2, invert: 1 },
    new Rng(1),
  );
  assertEquals(patch.image, before);
  assert(changed.image.some((value, i) => value !== before[i]));
  assert(changed.label === patch.label && changed.toVolume === patch.toVolume);
});

for (const invertedGamma of [0, 1]) {
  Deno.test(`gamma ${invertedGamma ? "on inverted intensities " : ""}keeps range and order`, () => {
    const patch = noisePatch();
    const { image } = augmentIntensity(patch, { gamma: [2, 2], invertedGamma }, new Rng(1));
    assertAlmostEquals(Math.min(...image), Math.min(...patch.image), 1e-5);
    assertAlmostEquals(Math.max(...image), Math.max(...patch.image), 1e-5);
    assertEquals(order(image).slice(20, 490), order(patch.image).slice(20, 490));
  });
}

Deno.test("scale and shift are one linear map within their ranges", () => {
  const patch = noisePatch();
  for (let seed = 0; seed < 20; seed++) {
    const { image } = augmentIntensity(patch, { scale: [0.5, 2], shift: 0.3 }, new Rng(seed));
    const factor = (image[1] - image[0]) / (patch.image[1] - patch.image[0]);
    const offset = image[0] - factor * patch.image[0];
    assert(factor > 0.499 && factor < 2.001 && Math.abs(offset) < 0.301);
    image.forEach((value, i) => assertAlmostEquals(value, factor * patch.image[i] + offset, 1e-4));
  }
});

Deno.test("noise has at most the given deviation", () => {
  const patch = noisePatch();
  for (let seed = 0; seed < 20; seed++) {
    const { image } = augmentIntensity(patch, { noise: 0.5 }, new Rng(seed));
    const squares = image.reduce((sum, value, i) => sum + (value - patch.image[i]) ** 2, 0);
    assert(Math.sqrt(squares / 512) < 0.6);
  }
});

Deno.test("nothing happens with probability 0", () => {
  const patch = noisePatch();
  const all = { gamma: [2, 3] as const, scale: [2, 3] as const, shift: 1, noise: 1, blur: 2, probability: 0 };
  assertEquals(augmentIntensity(patch, all, new Rng(1)).image, patch.image);
});

Deno.test("blur spreads a point as a Gaussian and keeps its sum", () => {
  const image = new Float32Array(15 ** 3);
  image[7 * 225 + 7 * 15 + 7] = 1;
  const result = gaussianBlur(image, [15, 15, 15], 1.2);
  assertAlmostEquals(result.reduce((sum, value) => sum + value, 0), 1, 1e-4);
  const at = (z: number, y: number, x: number) => result[z * 225 + y * 15 + x];
  for (const neighbour of [at(8, 7, 7), at(7, 8, 7), at(7, 7, 8)]) {
    assertAlmostEquals(neighbour / at(7, 7, 7), Math.exp(-0.5 / 1.2 ** 2), 1e-4);
  }
  assertAlmostEquals(at(10, 7, 7) / at(7, 7, 7), Math.exp(-0.5 * (3 / 1.2) ** 2), 1e-4);
});

Deno.test("blur leaves a constant alone up to the border", () => {
  gaussianBlur(new Float32Array(60).fill(2), [3, 4, 5], 2).forEach((value) => assertAlmostEquals(value, 2, 1e-5));
});

Deno.test("blur sees the border voxels continued on every side", () => {
  const shape = [4, 3, 5] as const, deviation = 0.9, radius = 3;
  const image = noisePatch().image.slice(0, 60);
  const inside = (index: number, extent: number) => Math.min(Math.max(index, 0), extent - 1);
  const weight = (offset: number) => Math.exp(-0.5 * (offset / deviation) ** 2);
  const offsets = Array.from({ length: 2 * radius + 1 }, (_, i) => i - radius);
  const total = offsets.reduce((sum, offset) => sum + weight(offset), 0) ** 3;
  gaussianBlur(image, shape, deviation).forEach((value, voxel) => {
    const [z, y, x] = [Math.floor(voxel / 15), Math.floor(voxel / 5) % 3, voxel % 5];
    let sum = 0;
    for (const dz of offsets) {
      for (const dy of offsets) {
        for (const dx of offsets) {
          const at = (inside(z + dz, 4) * 3 + inside(y + dy, 3)) * 5 + inside(x + dx, 5);
          sum += weight(dz) * weight(dy) * weight(dx) * image[at];
        }
      }
    }
    assertAlmostEquals(value, sum / total, 1e-5);
  });
});

Deno.test("noise is normal", () => {
  const plain = { ...noisePatch(), image: new Float32Array(100_001), shape: [1, 1, 100_001] as const };
  const { image } = augmentIntensity(plain, { noise: 1 }, new Rng(3));
  const moment = (power: number) => image.reduce((sum, value) => sum + value ** power, 0) / image.length;
  const deviation = Math.sqrt(moment(2));
  assert(Math.abs(moment(1)) < 0.02 * deviation && Math.abs(moment(4) / deviation ** 4 - 3) < 0.1);
  assert(image.at(-1) !== 0 && Math.max(...image.subarray(0, 50_000)) > 3.5 * deviation);
});

Deno.test("the same seed gives the same intensities", () => {
  const options = { gamma: [0.5, 2] as const, noise: 1, blur: 1 };
  assertEquals(
    augmentIntensity(noisePatch(), options, new Rng(3)),
    augmentIntensity(noisePatch(), options, new Rng(3)),
  );
});
