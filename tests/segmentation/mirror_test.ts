import { assertEquals } from "@std/assert";
import { Rng } from "../../src/core/rng.ts";
import { AXES } from "../../src/data/augmentation/mirror.ts";
import { mirror, mirrorings } from "../../src/segmentation/_mirror.ts";

Deno.test("every set of the allowed axes is a mirroring, none first, whatever the order they come in", () => {
  assertEquals(mirrorings([]), [[]]);
  assertEquals(mirrorings(["x"]), [[], ["x"]]);
  assertEquals(mirrorings(["x", "z", "x"]), [[], ["z"], ["x"], ["z", "x"]]);
  const all = mirrorings(AXES);
  assertEquals([all.length, new Set(all.map((set) => set.join())).size], [8, 8]);
});

Deno.test("each voxel of each window goes to its mirrored place with all its channels, and back", () => {
  const shape = [2, 3, 4] as const, rng = new Rng(1);
  for (const channels of [1, 3]) {
    const values = Float32Array.from({ length: 2 * 24 * channels }, () => rng.normal());
    for (const axes of mirrorings(AXES)) {
      const mirrored = mirror(values, [...shape], channels, axes);
      const along = (axis: number, index: number) => axes.includes(AXES[axis]) ? shape[axis] - 1 - index : index;
      const at = (n: number, z: number, y: number, x: number) => (((n * 2 + z) * 3 + y) * 4 + x) * channels;
      for (let n = 0; n < 2; n++) {
        for (let voxel = 0; voxel < 24; voxel++) {
          const [z, y, x] = [Math.floor(voxel / 12), Math.floor(voxel / 4) % 3, voxel % 4];
          const from = at(n, z, y, x), to = at(n, along(0, z), along(1, y), along(2, x));
          assertEquals(mirrored.subarray(to, to + channels), values.subarray(from, from + channels));
        }
      }
      assertEquals(mirror(mirrored, [...shape], channels, axes), values);
    }
  }
});
