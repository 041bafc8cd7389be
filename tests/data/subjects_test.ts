import { assertEquals } from "@std/assert";
import { Rng } from "../../src/core/rng.ts";
import type { CaseReference } from "../../src/data/datasets/dataset.ts";
import { limitSubjects } from "../../src/data/subjects.ts";

/** Two cases a subject, `subjects` of them at each of two sites. */
function cohort(subjects: number): CaseReference[] {
  return ["1", "2"].flatMap((site) =>
    Array.from({ length: subjects }, (_, i) => `site${site}-person${i}`).flatMap((subject) =>
      ["a", "b"].map((visit) => ({ id: `${subject}-${visit}`, subject, site, image: `${subject}-${visit}.nii` }))
    )
  );
}

Deno.test("every site keeps at most so many subjects, with all of their cases, in the order of the list", () => {
  const cases = cohort(5);
  const kept = limitSubjects(cases, 3, new Rng(1));
  const bySite = Map.groupBy(kept, ({ site }) => site);
  for (const own of bySite.values()) {
    assertEquals(new Set(own.map(({ subject }) => subject)).size, 3);
    assertEquals(own.length, 6);
  }
  assertEquals(kept, cases.filter((one) => kept.includes(one)));
});

Deno.test("who is kept depends on the generator, not on the order of the list", () => {
  const cases = cohort(8);
  const ids = (seed: number, list = cases) => limitSubjects(list, 3, new Rng(seed)).map(({ id }) => id).sort();
  assertEquals(ids(1), ids(1, cases.toReversed()));
  assertEquals(ids(1).join() === ids(2).join(), false);
});

Deno.test("a site with fewer subjects keeps all", () => {
  assertEquals(limitSubjects(cohort(2), 3, new Rng(1)), cohort(2));
});
