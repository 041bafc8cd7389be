import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Triple } from "../../src/core/triple.ts";
import { multiply, orientationOf } from "../../src/data/affine.ts";
import { rasLayout, toRas } from "../../src/data/orient.ts";
import type { Volume } from "../../src/data/volume.ts";

/** All 48 ways for voxel axes to run. */
function allOrientations(): string[] {
  const pairs = ["RL", "AP", "SI"];
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
  return orders.flatMap((order) =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((signs) => order.map((axis, i) => pairs[axis][(signs >> i) & 1]).join(""))
  );
}

const DIMS: Triple = [3, 4, 5];

/** A volume in which each voxel holds a function of its place in the world. */
function worldVolume(affine: number[][]): Volume {
  const data = new Float32Array(60);
  for (let z = 0, i = 0; z < 5; z++) {
    for (let y = 0; y < 4; y++) for (let x = 0; x < 3; x++) data[i++] = valueAt(affine, [x, y, z]);
  }
  return { data, dims: DIMS, spacing: [2, 3, 4], affine, orientation: orientationOf(affine), datatype: "float32" };
}

function valueAt(affine: number[][], index: Triple): number {
  const [[x], [y], [z]] = multiply(affine, [...index, 1].map((value) => [value]));
  return x + 100 * y + 10_000 * z;
}

function affineOf(code: string): number[][] {
  const affine = [0, 1, 2].map((row) => [0, 0, 0, 7 - row]);
  [...code].forEach((letter, column) => {
    affine["RLAPSI".indexOf(letter) >> 1][column] = ("RAS".includes(letter) ? 1 : -1) * (column + 2);
  });
  return [...affine, [0, 0, 0, 1]];
}

for (const code of allOrientations()) {
  Deno.test(`${code} becomes RAS with every voxel where it was in the world, and back`, () => {
    const volume = worldVolume(affineOf(code));
    assertEquals(volume.orientation, code);
    const ras = toRas(volume);
    assertEquals([ras.orientation, orientationOf(ras.affine)], ["RAS", "RAS"]);
    let i = 0;
    for (let z = 0; z < ras.dims[2]; z++) {
      for (let y = 0; y < ras.dims[1]; y++) {
        for (let x = 0; x < ras.dims[0]; x++) assertAlmostEquals(ras.data[i++], valueAt(ras.affine, [x, y, z]), 1e-2);
      }
    }
    ras.spacing.forEach((size, axis) => assertEquals(size, Math.abs(Math.max(...ras.affine[axis].slice(0, 3)))));
    const { start, step } = rasLayout(volume.affine, volume.dims);
    const restored = new Float32Array(60);
    ras.data.forEach((value, k) => {
      const [x, y, z] = [
        k % ras.dims[0],
        Math.floor(k / ras.dims[0]) % ras.dims[1],
        Math.floor(k / ras.dims[0] / ras.dims[1]),
      ];
      restored[start + x * step[0] + y * step[1] + z * step[2]] = value;
    });
    assertEquals(restored, volume.data);
  });
}

Deno.test("an oblique volume turns by whole axes and keeps its tilt", () => {
  const [c, s] = [Math.cos(0.4), Math.sin(0.4)];
  const affine = [[-2 * c, 3 * s, 0, 1], [2 * s, 3 * c, 0, 2], [0, 0, -4, 3], [0, 0, 0, 1]];
  const ras = toRas(worldVolume(affine));
  assertEquals(worldVolume(affine).orientation, "LAI");
  assertEquals(orientationOf(ras.affine), "RAS");
  assertAlmostEquals(ras.affine[0][0], 2 * c, 1e-9);
  assertAlmostEquals(ras.affine[1][0], -2 * s, 1e-9);
});

Deno.test("the code of a tilted axis is that of the nearest whole one, each used once", () => {
  // x and y both lean most to the right; the nearest rotation gives the front to y.
  const affine = [[1, 0.8, 0, 0], [0, 0.6, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];
  assertEquals(orientationOf(affine), "RAS");
});

Deno.test("the code of a strongly sheared volume is nibabel's (5.2, aff2axcodes)", () => {
  const cases: [number[][], string][] = [
    [[[1.8, 0.4, 0.1], [-1.9, -0.3, -0.4], [-0.1, -0.6, 0]], "RIP"],
    [[[-0.5, -1.3, 0.9], [0.9, 1.7, 0.1], [-0.4, -0.5, -1.5]], "ALI"],
    [[[1, -1.1, -1.2], [-0.2, 1.5, 0.2], [-1, -0.7, 0.6]], "IAL"],
    [[[-0.2, -0.8, -0.2], [0.7, 2, -1.2], [-0.6, -0.8, -2.4]], "ALI"],
    [[[-0.9, -1, 1.1], [-0.1, -1.6, 0.6], [-0.4, -1.7, -0.6]], "LPI"],
    [[[0.2, 0.6, -0.8], [0.1, 1.2, 0], [-0.9, -2.9, -1]], "IAL"],
    [[[2.2, 0.9, -1.3], [-0.1, 0.6, 1.2], [0.1, -0.5, -0.7]], "RIA"],
    [[[0.5, -0.8, 1.3], [-0.7, 0.4, -0.8], [-1.7, 0.2, 0.3]], "ILP"],
  ];
  for (const [matrix, code] of cases) {
    assertEquals(orientationOf([...matrix.map((row) => [...row, 0]), [0, 0, 0, 1]]), code);
  }
});
