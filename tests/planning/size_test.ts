import { assert, assertEquals } from "@std/assert";
import type { Triple } from "../../src/core/triple.ts";
import { distributionsOf, type Extents, fingerprintOf } from "../../src/planning/fingerprint.ts";
import { chooseSize, memoryOf, planSize, type SizeBudget, workOf } from "../../src/planning/size.ts";
import { PLANNING } from "../../src/planning/table.ts";

const reaching = (...extents: Triple[]): Extents => ({ cases: extents.length, extent: distributionsOf(extents) });

/** Hearts in slices of 10 mm. */
const THIN = fingerprintOf([
  { dims: [224, 256, 10], spacing: [1.5, 1.5, 10] },
  { dims: [216, 256, 9], spacing: [1.6, 1.6, 10] },
  { dims: [256, 256, 12], spacing: [1.4, 1.4, 10] },
]);
/** Small boxes of isotropic voxels. */
const SMALL = fingerprintOf([{ dims: [35, 50, 36], spacing: [1, 1, 1] }, { dims: [34, 52, 35], spacing: [1, 1, 1] }]);

const FIRST = PLANNING.sizes[PLANNING.firstSize];

Deno.test("thin slices keep their planes while the plane is coarsened, but at the smallest size, and patches cover the heart", () => {
  const hearts = { ...THIN, structures: { heart: reaching([100, 90, 80], [110, 95, 85]) } };
  for (const size of PLANNING.sizes.slice(1)) {
    const { spacing, patch } = planSize(hearts, size);
    assertEquals(spacing[2], 10);
    assert(spacing[0] >= 1.5 && spacing[0] < 10 / 3);
    assert(patch.every((voxels, axis) => voxels * spacing[2 - axis] >= [80, 95, 110][axis]), String(patch));
  }
});

Deno.test("without labels volumes are coarsened to what their size has room for, thin slices last", () => {
  const plans = PLANNING.sizes.map((size) => planSize(THIN, size).spacing);
  plans.slice(1).forEach((spacing, i) => assert(spacing.every((size, axis) => size <= plans[i][axis])));
  assertEquals(plans.map(([, , z]) => z > 10), [true, true, false, false, false]);
});

Deno.test("small volumes keep their own voxels, and need no larger network than their size allows", () => {
  for (const size of PLANNING.sizes.slice(2)) {
    const { spacing, patch, baseFilters } = planSize(SMALL, size);
    assertEquals([spacing, baseFilters], [[1, 1, 1], size.baseFilters]);
    assert(patch.every((voxels, axis) => voxels <= [36, 51, 35][axis]));
  }
});

Deno.test("patches that are whole volumes and less than there is room for come in larger batches", () => {
  assertEquals(planSize(SMALL, FIRST).batch, PLANNING.batch);
  assertEquals(planSize(SMALL, PLANNING.sizes.at(-1)!).batch, PLANNING.mostBatch);
});

Deno.test("voxels grow until a patch covers the longest structure, but not without bounds", () => {
  const volumes = fingerprintOf([{ dims: [200, 200, 200], spacing: [1, 1, 1] }]);
  const size = { ...FIRST, volumeVoxels: 10 ** 7 };
  const plan = (structures?: Record<string, Extents>) => planSize({ ...volumes, structures }, size);
  assertEquals(plan().spacing, [1, 1, 1]);
  assertEquals(plan({ small: reaching([20, 20, 20]) }).spacing, [1, 1, 1]);
  const { spacing, patch } = plan({ small: reaching([20, 20, 20]), long: reaching([40, 40, 40], [38, 38, 38]) });
  assert(spacing.every((size) => size > 1.8 && size < 2), String(spacing));
  assert(patch.every((voxels, axis) => voxels * spacing[axis] >= 40));
  assert(plan({ whole: reaching([190, 190, 190]) }).spacing.every((size) => size > 1.9 && size < 2.1));
});

Deno.test("a number of voxels that is given holds at every size", () => {
  const voxelBudget = 20_000;
  const [first, ...others] = PLANNING.sizes.map((size) => planSize(SMALL, size, { voxelBudget }).spacing);
  others.forEach((spacing) => assertEquals(spacing, first));
  assert(first[0] > 1.4);
});

const MEASURED = { plan: planSize(THIN, FIRST), stepSeconds: 0.2, testSeconds: 0 };
const BUDGET: SizeBudget = { seconds: 100, memory: 2 ** 40, patches: 4 };

Deno.test("work and memory grow with the size", () => {
  const plans = PLANNING.sizes.map((size) => planSize(THIN, size));
  plans.slice(1).forEach((plan, i) => {
    assert(workOf(plan) > workOf(plans[i]));
    assert(memoryOf(plan, 4) > memoryOf(plans[i], 4));
  });
});

Deno.test("the more seconds, the larger the size: the largest with enough steps", () => {
  const filters = (seconds: number) => chooseSize(THIN, MEASURED, { ...BUDGET, seconds });
  const patchVoxels = ({ patch: [z, y, x] }: { patch: Triple }) => z * y * x;
  const chosen = [1, 130, 1000, 10_000, 10 ** 6].map(filters);
  assertEquals(chosen[0], planSize(THIN, PLANNING.sizes[0]));
  assertEquals(chosen[1], planSize(THIN, FIRST));
  assertEquals(chosen.at(-1), planSize(THIN, PLANNING.sizes.at(-1)!));
  chosen.slice(1).forEach((plan, i) => assert(patchVoxels(plan) >= patchVoxels(chosen[i])));
  for (const [i, plan] of chosen.entries()) {
    const steps = [1, 130, 1000, 10_000, 10 ** 6][i] / (0.2 * workOf(plan) / workOf(MEASURED.plan));
    assert(i === 0 || steps >= PLANNING.enoughSteps);
  }
});

Deno.test("the time that tests take is not there for steps", () => {
  const seconds = 0.2 * PLANNING.enoughSteps + 30;
  const chosen = (testSeconds: number) => chooseSize(THIN, { ...MEASURED, testSeconds }, { ...BUDGET, seconds });
  assertEquals(chosen(29), planSize(THIN, FIRST));
  assertEquals(chosen(31), planSize(THIN, PLANNING.sizes[0]));
});

Deno.test("memory that is scarce makes it smaller, and the smallest is taken where none fits", () => {
  const memory = memoryOf(planSize(THIN, PLANNING.sizes[2]), 4);
  assertEquals(chooseSize(THIN, MEASURED, { ...BUDGET, seconds: 10 ** 6, memory }), planSize(THIN, PLANNING.sizes[2]));
  assertEquals(chooseSize(THIN, MEASURED, { ...BUDGET, memory: 1 }), planSize(THIN, PLANNING.sizes[0]));
});
