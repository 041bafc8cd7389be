import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../../src/core/rng.ts";
import { copyBox, drawBox } from "../../../src/segmentation/unlabelled/boxes.ts";
import { copyPaste } from "../../../src/segmentation/unlabelled/copy_paste.ts";
import { meanTeacher } from "../../../src/segmentation/unlabelled/mean_teacher.ts";
import { weightAt } from "../../../src/segmentation/unlabelled/teaching.ts";
import type { StepPatches } from "../../../src/segmentation/unlabelled/variant.ts";
import { unlabelledVariants } from "../../../src/segmentation/unlabelled/variants.ts";
import { weakToStrong } from "../../../src/segmentation/unlabelled/weak_to_strong.ts";

const step = (changes: Partial<StepPatches> = {}): StepPatches => ({
  ...{ unlabelled: 3, labelled: 2, shape: [4, 8, 6], rng: new Rng(1), ...changes },
});

for (const { name, plan } of unlabelledVariants) {
  Deno.test(`${name}: each patch of the plan is there, each box lies in it, and the same seed plans the same`, () => {
    for (let seed = 0; seed < 50; seed++) {
      for (const [unlabelled, labelled] of [[1, 0], [1, 1], [2, 0], [3, 2], [2, 5]]) {
        const patches = step({ unlabelled, labelled, rng: new Rng(seed) }), there = { unlabelled, labelled };
        const planned = plan(patches);
        assertEquals(plan({ ...patches, rng: new Rng(seed) }), planned);
        assert(planned.length > 0);
        for (const { base, pasted } of planned) {
          for (const { kind, index } of pasted ? [base, pasted.from] : [base]) assert(index < there[kind]);
          assert([base.kind, pasted?.from.kind].includes("unlabelled"), "a patch has something of an unlabelled one");
          for (let axis = 0; pasted && axis < 3; axis++) {
            const { start, size } = pasted.box;
            assert(start[axis] >= 0 && size[axis] >= 1 && start[axis] + size[axis] <= patches.shape[axis]);
          }
        }
      }
    }
  });
}

Deno.test("mean-teacher mixes nothing", () => {
  assertEquals(meanTeacher.plan(step()).map(({ base, pasted }) => [base.index, pasted]), [
    [0, undefined],
    [1, undefined],
    [2, undefined],
  ]);
});

Deno.test("weak-to-strong pastes boxes of other unlabelled patches, every other time", () => {
  let boxes = 0;
  for (let seed = 0; seed < 200; seed++) {
    for (const { base, pasted } of weakToStrong.plan(step({ rng: new Rng(seed) }))) {
      if (!pasted) continue;
      boxes++;
      assertEquals(pasted.from.kind, "unlabelled");
      assert(pasted.from.index !== base.index);
    }
  }
  assert(Math.abs(boxes / 600 - 0.5) < 0.1, `${boxes}`);
  assertEquals(weakToStrong.plan(step({ unlabelled: 1 }))[0].pasted, undefined);
});

Deno.test("copy-paste exchanges boxes both ways, of two thirds of each side", () => {
  const kinds = copyPaste.plan(step({ unlabelled: 2 })).map(({ base, pasted }) =>
    `${pasted!.from.kind} in ${base.kind}`
  );
  assertEquals(kinds.toSorted(), ["labelled in unlabelled", "unlabelled in labelled"]);
  assertEquals(copyPaste.plan(step({ shape: [3, 9, 6] }))[0].pasted!.box.size, [2, 6, 4]);
});

Deno.test("a box is copied to its place, all channels of it, and nothing else", () => {
  const shape = [3, 4, 5] as const;
  for (const channels of [1, 2]) {
    const from = Float32Array.from({ length: 60 * channels }, (_, i) => 1 + i), to = new Float32Array(60 * channels);
    copyBox(from, to, shape, { start: [1, 0, 2], size: [2, 1, 3] });
    const inBox = (voxel: number) => Math.floor(voxel / 20) >= 1 && Math.floor(voxel / 5) % 4 === 0 && voxel % 5 >= 2;
    assertEquals(to, from.map((value, i) => inBox(Math.floor(i / channels)) ? value : 0));
  }
});

Deno.test("a box is drawn anywhere, its sides within their range", () => {
  const rng = new Rng(1), starts = new Set<number>(), sizes = new Set<number>();
  for (let i = 0; i < 300; i++) {
    const { start, size } = drawBox([10, 10, 10], [0.3, 0.7], rng);
    starts.add(start[1]), sizes.add(size[2]);
  }
  assertEquals([...starts].toSorted((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7]);
  assertEquals([...sizes].toSorted((a, b) => a - b), [3, 4, 5, 6, 7]);
});

Deno.test("the weight of unlabelled patches rises to its full size and stays there", () => {
  const weights = [0, 0.1, 0.2, 0.396, 0.4, 0.9].map((t) => weightAt(t, { weight: 2, ramp: 0.4 }));
  assertEquals(weights.map((weight) => weight.toFixed(3)), ["0.013", "0.120", "0.573", "1.999", "2.000", "2.000"]);
  assertEquals(weightAt(0, { weight: 2, ramp: 0 }), 2);
});
