import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { MapShape } from "../../src/pretraining/backbone.ts";
import type { PatchPlace, ProjectionOptions } from "../../src/pretraining/projection.ts";
import { createProjection } from "../../src/pretraining/projections/projections.ts";
import { gatherRows } from "../../src/pretraining/projections/dense.ts";
import { UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";

const MAPS: MapShape[] = [
  { name: "encoder0", extent: [4, 4, 4], channels: 2 },
  { name: "encoder1", extent: [2, 2, 2], channels: 3 },
];

function options(changes: Partial<ProjectionOptions> = {}): ProjectionOptions {
  const base = {
    maps: MAPS,
    patch: [8, 8, 8],
    grid: [4, 1, 1],
    read: ["bottleneck", "encoder0"],
    dimension: 5,
    hidden: 6,
  } as const;
  return { ...base, locations: 7, rng: new Rng(1), ...changes };
}

/** A patch of 8 voxels that starts at voxel `from` of a volume of 16 along z, and at 0 of 8 along y and x. */
function place(from: number, volume = 0, view = 0): PatchPlace {
  const toVolume = Float64Array.of(1 / 16, 0, 0, (from + 0.5) / 16, 0, 1 / 8, 0, 0.5 / 8, 0, 0, 1 / 8, 0.5 / 8);
  return { toVolume, volume, view };
}

const randomMaps = (batch: number) =>
  MAPS.map(({ extent, channels }, i) =>
    tf.randomNormal([batch, ...extent, channels], 0, 1, "float32", i + 1) as tf.Tensor5D
  );

for (const kind of ["dense", "global"] as const) {
  Deno.test(`${kind}: rows have norm 1, one for each planned row`, async () => {
    await tf.setBackend("cpu");
    const projection = createProjection(kind, options());
    const plan = projection.plan([place(0), place(8, 1), place(4, 2, 1)], new Rng(2));
    const rows = kind === "dense" ? 21 : 3;
    assertEquals([plan.partitions.length, plan.volumes.length, plan.views.length], [rows, rows, rows]);
    const embedded = projection.forward(randomMaps(3), plan);
    assertEquals(embedded.shape, [rows, 5]);
    for (const norm of embedded.square().sum(1).dataSync()) assertAlmostEquals(norm, 1, 1e-3);
  });

  Deno.test(`${kind}: the gradient reaches every weight and every map that is read`, async () => {
    await tf.setBackend("cpu");
    const projection = createProjection(kind, options());
    const plan = projection.plan([place(0), place(8, 1), place(4, 2)], new Rng(2));
    const maps = randomMaps(3).map((map) => tf.variable(map));
    const target = tf.randomNormal([plan.partitions.length, 5], 0, 1, "float32", 9);
    const variables = [...projection.variables.values(), ...maps];
    const { grads } = tf.variableGrads(
      () => projection.forward(maps as unknown as tf.Tensor5D[], plan).mul(target).sum() as tf.Scalar,
      variables,
    );
    for (const variable of variables) {
      const gradient = grads[variable.name].abs().max().dataSync()[0];
      assertEquals(gradient > 1e-6, true, `${variable.name}: ${gradient}`);
    }
  });
}

Deno.test("global: the partition is that of the patch's centre", () => {
  const projection = createProjection("global", options());
  assertEquals([...projection.plan([place(0), place(8), place(5)], new Rng(1)).partitions], [1, 3, 2]);
});

Deno.test("dense: each location has the partition of its own place in the volume", () => {
  const projection = createProjection("dense", options({ read: ["encoder0"], locations: 64 }));
  const plan = projection.plan([place(4)], new Rng(1));
  // the patch covers voxels 4 to 11 of 16 along z: the two middle quarters
  plan.locations.forEach((location, row) => {
    assertEquals(plan.partitions[row], Math.floor(location / 16) < 2 ? 1 : 2);
  });
  assertEquals(new Set(plan.locations).size, 64);
});

Deno.test("dense: a location's place is the centre of the voxels that it covers", () => {
  const projection = createProjection("dense", options({ read: ["encoder0"], locations: 64, grid: [16, 1, 1] }));
  const plan = projection.plan([place(4)], new Rng(1));
  // location 0 covers voxels 4 and 5 of 16: its centre is the border of cells 4 and 5, which belongs to cell 5
  plan.locations.forEach((location, row) => assertEquals(plan.partitions[row], 5 + 2 * Math.floor(location / 16)));
});

Deno.test("dense: locations outside the volume are not read while there are others", () => {
  const projection = createProjection("dense", options({ read: ["encoder0"], locations: 20 }));
  const plan = projection.plan([place(-4)], new Rng(1)); // half of the patch lies below the volume
  for (const location of plan.locations) assertEquals(Math.floor(location / 16) >= 2, true);
  const outside = projection.plan([place(-40)], new Rng(1));
  assertEquals(outside.partitions.length, 20);
});

Deno.test("dense: a coarser level is read at the same place", async () => {
  await tf.setBackend("cpu");
  const projection = createProjection("dense", options({ locations: 64 }));
  const plan = projection.plan([place(0)], new Rng(1));
  // the coarse map is zero but in one voxel: the rows inside it differ from the others, whose input is all zero
  const coarse = tf.buffer([1, 2, 2, 2, 3]);
  coarse.set(1, 0, 1, 0, 1, 0);
  const maps = [tf.zeros([1, 4, 4, 4, 2]), coarse.toTensor()] as tf.Tensor5D[];
  const rows = projection.forward(maps, plan).arraySync();
  const key = (row: number) => rows[row].map((value) => value.toFixed(4)).join();
  const inside = (location: number) =>
    Math.floor(location / 16) >= 2 && Math.floor(location / 4) % 4 < 2 && location % 4 >= 2;
  const kinds = new Map<boolean, Set<string>>([[true, new Set()], [false, new Set()]]);
  plan.locations.forEach((location, row) => kinds.get(inside(location))!.add(key(row)));
  assertEquals([kinds.get(true)!.size, kinds.get(false)!.size], [1, 1]);
  assertEquals([...kinds.get(true)!][0] === [...kinds.get(false)!][0], false);
});

Deno.test("a map that the backbone lacks is refused", () => {
  assertThrows(
    () => createProjection("dense", options({ read: ["decoder0"] })),
    UserError,
    "must be one of bottleneck, finest, pyramid, encoder0, encoder1 (pretrain.projections.maps: decoder0)",
  );
});

Deno.test("gathering rows adds up the gradient of a row that is read twice", async () => {
  await tf.setBackend("cpu");
  const matrix = tf.tensor2d([[1, 2], [3, 4], [5, 6]]);
  const indices = Int32Array.of(2, 0, 2);
  assertEquals([...gatherRows(matrix, indices).dataSync()], [5, 6, 1, 2, 5, 6]);
  const weights = tf.tensor2d([[1, 10], [100, 1000], [2, 20]]);
  const gradient = tf.grad((x) => gatherRows(x as tf.Tensor2D, indices).mul(weights).sum())(matrix);
  assertEquals([...gradient.dataSync()], [100, 1000, 0, 0, 3, 30]);
});
