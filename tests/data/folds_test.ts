import { assert, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import type { CaseReference } from "../../src/data/datasets/dataset.ts";
import { splitFolds } from "../../src/data/folds.ts";
import { sharedData } from "./_files.ts";

/** Subjects of two cases each over some sites; every n-th has no labels. */
function cohort(subjects: number, sites: number, unlabelledEvery = Infinity): CaseReference[] {
  return Array.from({ length: subjects * 2 }, (_, i) => {
    const subject = i >> 1;
    const labelled = (subject + 1) % unlabelledEvery !== 0;
    return {
      id: `case${i}`,
      subject: `s${subject}`,
      site: String(subject % sites + 1),
      image: `${i}.nii`,
      ...(labelled && { label: `${i}-l.nii` }),
    };
  });
}

Deno.test("over the folds every labelled case is tested once, and nobody is on two sides of a fold", () => {
  for (const [subjects, sites, folds, probe] of [[40, 4, 5, 2], [33, 3, 2, 0], [24, 2, 3, 1]]) {
    const cases = cohort(subjects, sites, 6);
    const references = new Map(cases.map((reference) => [reference.id, reference]));
    const tested: string[] = [];
    const all = splitFolds(cases, { folds, seed: 3, probe });
    assertEquals(all.length, folds);
    for (const fold of all) {
      assertEquals(fold.map(({ site }) => site), Array.from({ length: sites }, (_, i) => String(i + 1)));
      const sideOf = new Map<string, string>();
      for (const { site, training, labelled, probe: probes, test } of fold) {
        assertEquals(probes.length, 2 * probe);
        assertEquals([...labelled].sort(), training.filter((id) => references.get(id)!.label).sort());
        for (const [side, ids] of Object.entries({ training, probes, test })) {
          for (const id of ids) {
            const { subject, site: own } = references.get(id)!;
            assertEquals(own, site);
            assertEquals(sideOf.get(subject) ?? side, side);
            sideOf.set(subject, side);
          }
        }
        tested.push(...test);
      }
      assertEquals(sideOf.size, subjects);
    }
    assertEquals(tested.sort(), cases.filter(({ label }) => label).map(({ id }) => id).sort());
  }
});

Deno.test("the first N labelled cases are of N people", () => {
  const [[{ labelled }]] = splitFolds(cohort(10, 1), { folds: 5, seed: 1 });
  const subject = (id: string) => Number(id.slice(4)) >> 1;
  assertEquals([labelled.length, new Set(labelled.slice(0, 8).map(subject)).size], [16, 8]);
});

Deno.test("people held for development are tested in no fold but their own", () => {
  const cases = cohort(40, 4);
  const options = { folds: 2, seed: 5, held: 4 };
  const tests = (development: boolean) =>
    splitFolds(cases, { ...options, development }).flat().flatMap(({ test }) => test);
  const [final, development] = [tests(false), tests(true)];
  assertEquals([final.length, development.length], [48, 32]);
  assertEquals(new Set([...final, ...development]).size, 80);
  const seen = splitFolds(cases, { ...options, development: true }).flat().flatMap(({ training }) => training);
  assert(seen.every((id) => development.includes(id)));
  assert(
    splitFolds(cases, options).every((fold) =>
      development.every((id) => fold.some(({ training }) => training.includes(id)))
    ),
  );
});

Deno.test("folds do not depend on the order of the list, and do on the seed", () => {
  const cases = cohort(20, 2), options = { folds: 5, seed: 2 };
  assertEquals(splitFolds(new Rng(1).shuffle(cases), options), splitFolds(cases, options));
  assert(JSON.stringify(splitFolds(cases, { folds: 5, seed: 3 })) !== JSON.stringify(splitFolds(cases, options)));
});

Deno.test("sites without enough people, cases without a site and senseless numbers are refused", () => {
  const split = (cases: CaseReference[], options: Partial<Parameters<typeof splitFolds>[1]> = {}) => () =>
    splitFolds(cases, { folds: 5, seed: 1, ...options });
  assertThrows(split(cohort(4, 1)), UserError, "site 1 needs a labelled subject for each of 5 folds");
  assertThrows(split(cohort(5, 1), { probe: 4 }), UserError, "one to train on beside 4 to probe");
  assertThrows(split(cohort(10, 1), { held: 6 }), UserError, "4 to test, 6 others");
  assertThrows(split(cohort(10, 1).map(({ site: _, ...rest }) => rest)), UserError, "must have a site (s0)");
  assertThrows(split(cohort(10, 1), { folds: 1 }), UserError, "(folds: 1)");
});

const acdc = sharedData("acdc");
Deno.test({
  name: `ACDC's own sites give four folds of 2 patients a site${acdc.reason}`,
  ignore: acdc.missing,
  fn: async () => {
    const folds = splitFolds((await openDataset(acdc.path)).cases, { folds: 4, seed: 1, probe: 2 });
    assertEquals(folds.map((fold) => fold.length), [10, 10, 10, 10]);
    for (const { training, probe, test } of folds.flat()) {
      assertEquals([training.length, probe.length, test.length], [8, 4, 4]);
    }
  },
});
