import { assertEquals } from "@std/assert";
import { Rng } from "../../../src/core/rng.ts";
import type { Triple } from "../../../src/core/triple.ts";
import { keepLargestParts, largestShares } from "../../../src/data/labels/largest_parts.ts";

Deno.test("only the largest part of each label is kept; what is connected by an edge only is apart", () => {
  const labels = Uint8Array.from([
    ...[1, 1, 0, 2],
    ...[0, 0, 1, 2],
    ...[3, 0, 1, 0], // 3 is not asked for

    ...[1, 0, 0, 0],
    ...[0, 0, 0, 0],
    ...[3, 0, 0, 2],
  ]);
  assertEquals([...largestShares(labels, [4, 3, 2], [1, 2])], [[1, 3 / 5], [2, 2 / 3]]);
  keepLargestParts(labels, [4, 3, 2], { values: [1, 2] });
  const kept = [
    ...[1, 1, 0, 2],
    ...[0, 0, 0, 2],
    ...[3, 0, 0, 0],

    ...[1, 0, 0, 0],
    ...[0, 0, 0, 0],
    ...[3, 0, 0, 0],
  ];
  assertEquals([...labels], kept);
});

Deno.test("of parts of one size the first is kept, and the others become what is asked for", () => {
  const labels = Uint8Array.of(5, 0, 5, 0, 5);
  keepLargestParts(labels, [5, 1, 1], { values: [5], otherwise: 255 });
  assertEquals([...labels], [5, 0, 255, 0, 255]);
});

Deno.test("parts that meet only late are one: spirals and combs come to what a flood from voxel to voxel finds", () => {
  const rng = new Rng(7);
  for (let trial = 0; trial < 40; trial++) {
    const dims: Triple = [1 + rng.int(9), 1 + rng.int(9), 1 + rng.int(6)];
    const labels = Uint8Array.from({ length: dims[0] * dims[1] * dims[2] }, () => rng.int(3));
    const expected = labels.slice();
    keepByFlood(expected, dims, [1, 2]);
    keepLargestParts(labels, dims, { values: [1, 2] });
    assertEquals(labels, expected, `${dims}`);
  }
});

/** The plain way: from each voxel to its neighbours. */
function keepByFlood(labels: Uint8Array, [width, height, depth]: Triple, values: number[]): void {
  const seen = new Set<number>();
  const largest = new Map<number, number[]>(), all: [number, number[]][] = [];
  labels.forEach((label, first) => {
    if (!values.includes(label) || seen.has(first)) return;
    const part = [first];
    seen.add(first);
    for (const voxel of part) {
      const [x, y, z] = [voxel % width, Math.floor(voxel / width) % height, Math.floor(voxel / (width * height))];
      for (const [dx, dy, dz] of [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]) {
        const [nx, ny, nz] = [x + dx, y + dy, z + dz];
        if (nx < 0 || ny < 0 || nz < 0 || nx >= width || ny >= height || nz >= depth) continue;
        const next = (nz * height + ny) * width + nx;
        if (labels[next] !== label || seen.has(next)) continue;
        seen.add(next);
        part.push(next);
      }
    }
    all.push([label, part]);
    if (part.length > (largest.get(label)?.length ?? 0)) largest.set(label, part);
  });
  for (const [label, part] of all) if (largest.get(label) !== part) { for (const voxel of part) labels[voxel] = 0; }
}
