import { assertEquals } from "@std/assert";
import { Rng } from "../../src/core/rng.ts";
import { drawForeground, heldClasses } from "../../src/data/foreground.ts";
import { IGNORED } from "../../src/data/labels/ignored.ts";
import type { PreparedCase } from "../../src/data/prepare.ts";

const SHAPE = [5, 4, 6] as const;

function caseOf(label: Uint8Array | undefined): PreparedCase {
  const source = { path: "", dims: [6, 4, 5], spacing: [1, 1, 1], affine: [], orientation: "RAS" } as const;
  return {
    ...{ id: "a", subject: "a", shape: SHAPE, spacing: [1, 1, 1] as const, channels: 1, image: new Float32Array(120) },
    ...(label && { label }),
    source: { ...source, affine: [], labelValues: [0, 1, 2, 3] },
  };
}

Deno.test("a draw is that from a list of each class's voxels, whatever rows they lie in", () => {
  const rng = new Rng(1);
  const label = Uint8Array.from({ length: 120 }, () => rng.chance(0.7) ? 0 : rng.pick([1, 3, IGNORED]));
  label.fill(0, 0, 18); // empty rows at both ends
  label.fill(0, 100);
  const lists = [1, 3].map((value) => [...label.keys()].filter((i) => label[i] === value));
  const [drawn, expected] = [new Rng(2), new Rng(2)];
  const prepared = caseOf(label), seen = new Set<number>();
  for (let i = 0; i < 500; i++) {
    const [z, y, x] = drawForeground(prepared, drawn)!;
    const voxel = (z * 4 + y) * 6 + x;
    const list = expected.pick(lists);
    assertEquals(voxel, list[expected.int(list.length)]);
    seen.add(voxel);
  }
  assertEquals(seen.size, lists.flat().length);
});

Deno.test("there is nothing to draw without a label, in background, and in what nobody annotated", () => {
  const rng = new Rng(1);
  for (const label of [undefined, new Uint8Array(120), new Uint8Array(120).fill(IGNORED)]) {
    assertEquals(drawForeground(caseOf(label), rng), undefined);
  }
});

Deno.test("a case holds the classes that it has voxels of, without background and what nobody annotated", () => {
  assertEquals(heldClasses(caseOf(new Uint8Array(120).fill(IGNORED).fill(3, 50, 51).fill(1, 60))), [1, 3]);
  assertEquals(heldClasses(caseOf(new Uint8Array(120))), []);
  assertEquals(heldClasses(caseOf(undefined)), []);
});
