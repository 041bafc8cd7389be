import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import type { CaseReference } from "../../src/data/datasets/dataset.ts";
import { splitCases } from "../../src/finetuning/split.ts";

/** Two visits of each of `people`, of whom the last `unlabelled` have no label; visits were at two sites. */
function visits(people: number, unlabelled = 0): CaseReference[] {
  return Array.from({ length: people }, (_, i) => `person${i}`).flatMap((subject, i) =>
    ["a", "b"].map((site) => {
      const id = `${subject}-${site}`, label = i < people - unlabelled ? { label: `${id}.label.nii` } : {};
      return { id, subject, site, image: `${id}.nii`, ...label };
    })
  );
}

const idsOf = (cases: readonly CaseReference[]) => cases.map(({ id }) => id).sort();
const peopleOf = (cases: readonly CaseReference[]) => new Set(cases.map(({ subject }) => subject));

Deno.test("a share of the people with labels is kept for test, whole, and all other labels are learnt from", () => {
  const { labelled, unlabelled, test } = splitCases(visits(10, 2), { labelled: "all", test: 0.25, seed: 1 });
  assertEquals([labelled.length, unlabelled.length, test.length], [12, 4, 4]);
  assertEquals(peopleOf(test).intersection(peopleOf([...labelled, ...unlabelled])), new Set());
  assertEquals(test.every(({ label }) => label !== undefined), true);
});

Deno.test("so many labelled cases are of as many people as possible, and the others' labels are not looked at", () => {
  const { labelled, unlabelled } = splitCases(visits(8), { labelled: 3, test: 0.25, seed: 1 });
  assertEquals([labelled.length, peopleOf(labelled).size, unlabelled.length], [3, 3, 9]);
  assertEquals(unlabelled.filter(({ label }) => label !== undefined), []);
});

Deno.test("a number of cases for test is reached with whole people, and none is none", () => {
  const testOf = (test: number) => splitCases(visits(8), { labelled: 1, test, seed: 1 }).test.length;
  assertEquals([0, 1, 2, 3, 4].map(testOf), [0, 2, 2, 4, 4]);
});

Deno.test("the split depends on the seed, not on the order of the list", () => {
  const of = (seed: number, cases = visits(8)) => {
    const { labelled, unlabelled, test } = splitCases(cases, { labelled: 2, test: 0.25, seed });
    return [labelled, unlabelled, test].map(idsOf);
  };
  assertEquals(of(1), of(1, visits(8).toReversed()));
  assertEquals(JSON.stringify(of(1)) === JSON.stringify(of(2)), false);
});

Deno.test("too few labelled cases are told with how many there are", () => {
  const rule = "there must be 7 labelled to train with beside those kept for test, of 8 labelled 2 are kept; " +
    "give another --labelled or --test (6)";
  assertThrows(() => splitCases(visits(5, 1), { labelled: 7, test: 0.25, seed: 1 }), UserError, rule);
  assertThrows(() => splitCases(visits(1), { labelled: "all", test: 0.25, seed: 1 }), UserError, "must be 1 labelled");
});
