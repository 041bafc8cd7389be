import { assertEquals } from "@std/assert";
import type { Triple } from "../../src/core/triple.ts";
import { singlePartValues } from "../../src/segmentation/single_parts.ts";
import { ballCase } from "./_balls.ts";

/** A row of voxels with label values 0, 10, 20. */
function rowCase(...label: number[]) {
  const { source } = ballCase("a");
  const shape: Triple = [1, 1, label.length];
  return { label: Uint8Array.from(label), shape, source: { ...source, labelValues: [0, 10, 20] } };
}

Deno.test("structures are in one piece that are in each case that shows them, by their label values", () => {
  assertEquals(singlePartValues([]), []);
  assertEquals(singlePartValues([rowCase(0, 1, 1, 0, 2)]), [10, 20]);
  assertEquals(singlePartValues([rowCase(0, 1, 1, 0, 2), rowCase(2, 0, 2, 2, 2), rowCase(1, 1, 1, 0, 0)]), [10]);
  const { label: _, ...unlabelled } = rowCase(1);
  assertEquals(singlePartValues([unlabelled]), []);
});

Deno.test("a few voxels that are apart do not make two pieces of a structure", () => {
  const long = (gap: number) => Array.from({ length: 101 }, (_, i) => i === gap ? 0 : 1);
  assertEquals(singlePartValues([rowCase(...long(4))]), [10]); // 4 of 100
  assertEquals(singlePartValues([rowCase(...long(6))]), []);
});
