import { assertEquals, assertThrows } from "@std/assert";
import type { Triple } from "../../src/core/triple.ts";
import { cellCount, cellOf, neighbours, partitionOf } from "../../src/pretraining/partitions.ts";

Deno.test("the paper's partitions cut the long axis into equal parts", () => {
  const grid: Triple = [4, 1, 1];
  assertEquals([0, 0.24, 0.25, 0.5, 0.74, 0.75, 0.99].map((z) => partitionOf([z, 0.9, 0.1], grid)), [
    0,
    0,
    1,
    2,
    2,
    3,
    3,
  ]);
});

Deno.test("positions on or beyond a face belong to the border cell", () => {
  assertEquals(partitionOf([1, 1, 1], [4, 3, 3]), cellCount([4, 3, 3]) - 1);
  assertEquals(partitionOf([-0.3, 1.7, 0.5], [4, 3, 3]), 2 * 3 + 1);
});

Deno.test("every cell's centre falls into that cell, and the numbers run from 0 to the count", () => {
  const grid: Triple = [3, 4, 2];
  const seen = new Set<number>();
  for (let partition = 0; partition < cellCount(grid); partition++) {
    const [z, y, x] = cellOf(partition, grid);
    seen.add(partitionOf([(z + 0.5) / 3, (y + 0.5) / 4, (x + 0.5) / 2], grid));
    assertEquals(partitionOf([(z + 0.5) / 3, (y + 0.5) / 4, (x + 0.5) / 2], grid), partition);
  }
  assertEquals(seen.size, 24);
});

Deno.test("neighbours share a face, an edge or a corner, and neighbourhood is mutual", () => {
  assertEquals(neighbours(1, [4, 1, 1]), [0, 2]);
  assertEquals(neighbours(13, [3, 3, 3]).length, 26);
  assertEquals(neighbours(0, [3, 3, 3]).length, 7);
  const grid: Triple = [2, 3, 4];
  for (let a = 0; a < cellCount(grid); a++) {
    for (const b of neighbours(a, grid)) assertEquals(neighbours(b, grid).includes(a), true);
  }
});

Deno.test("a position that is no number and a partition out of range are refused", () => {
  assertThrows(() => partitionOf([NaN, 0, 0], [4, 1, 1]), RangeError, "must be three numbers");
  assertThrows(() => cellOf(4, [4, 1, 1]), RangeError, "must be in [0, 4), got 4");
});
