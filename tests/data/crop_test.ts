import { assertEquals } from "@std/assert";
import type { Triple } from "../../src/core/triple.ts";
import { centralWindow, cropPlane, uncropPlane, type Window } from "../../src/data/crop.ts";
import { voxelCount } from "../../src/data/volume.ts";

/** Values 1, 2, 3, … on a grid. */
const counting = (dims: Triple) => Float32Array.from({ length: voxelCount(dims) }, (_, i) => i + 1);

for (
  const [title, whole, extent, dims, start] of [
    ["even in even", [10, 10, 10], [4, 6, 8], [4, 6, 8], [3, 2, 1]],
    ["odd in odd", [9, 9, 9], [3, 5, 7], [3, 5, 7], [3, 2, 1]],
    ["odd in even, the spare voxel behind it", [10, 10, 10], [3, 5, 9], [3, 5, 9], [3, 2, 0]],
    ["even in odd, the spare voxel behind it", [9, 9, 9], [2, 4, 8], [2, 4, 8], [3, 2, 0]],
    ["longer than the grid", [5, 9, 4], [7, 3, 100], [5, 3, 4], [0, 3, 0]],
    ["less than a voxel", [5, 5, 5], [0.2, 5, 5], [1, 5, 5], [2, 0, 0]],
  ] as [string, Triple, Triple, Triple, Triple][]
) {
  Deno.test(`the middle window, ${title}`, () => {
    assertEquals(centralWindow(whole, [1, 1, 1], extent), { whole, dims, start });
  });
}

Deno.test("an extent is in mm, rounded to whole voxels of each axis", () => {
  assertEquals(centralWindow([40, 40, 10], [1.5, 2, 8], [31, 30, 41]).dims, [21, 15, 5]);
});

/** What lies in the window, cropped plane by plane. */
function crop<T extends Float32Array | Uint8Array>(all: T, window: Window): T {
  const area = window.whole[0] * window.whole[1];
  const part = new (all.constructor as new (length: number) => T)(voxelCount(window.dims));
  for (let z = 0; z < window.whole[2]; z++) cropPlane(all.subarray(z * area, (z + 1) * area) as T, z, window, part);
  return part;
}

Deno.test("what is cropped keeps its place: the values of a small grid by hand", () => {
  const window = centralWindow([4, 3, 3], [1, 1, 1], [2, 1, 3]);
  assertEquals([...crop(counting([4, 3, 3]), window)], [6, 7, 18, 19, 30, 31]);
  assertEquals([...crop(Uint8Array.from(counting([4, 3, 3])), window)], [6, 7, 18, 19, 30, 31]);
});

Deno.test("cropping undoes uncropping, and uncropping restores the window and leaves the rest, for any sizes", () => {
  for (const whole of [[1, 1, 1], [4, 5, 6], [7, 2, 3], [5, 5, 1]] as Triple[]) {
    for (const extent of [[1, 1, 1], [2, 3, 4], [3, 2, 9], [9, 9, 9]] as Triple[]) {
      const window = centralWindow(whole, [1, 1, 1], extent);
      const all = counting(whole);
      const part = crop(all, window);
      const restored = new Float32Array(all.length).fill(-1);
      const [own, area] = [window.dims[0] * window.dims[1], whole[0] * whole[1]];
      for (let z = 0; z < window.dims[2]; z++) {
        const at = (z + window.start[2]) * area;
        uncropPlane(part.subarray(z * own, (z + 1) * own), window, restored.subarray(at, at + area));
      }
      assertEquals(crop(restored, window), part);
      const kept = new Set(part);
      assertEquals(restored, all.map((value) => kept.has(value) ? value : -1));
      assertEquals(kept.size, voxelCount(window.dims));
    }
  }
});
