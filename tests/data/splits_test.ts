import { assert, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import type { CaseReference } from "../../src/data/datasets/dataset.ts";
import { splitOwn, splitSubjects } from "../../src/data/splits.ts";

interface Cohort {
  subjects: number;
  casesPerSubject?: number;
  sites?: number;
  /** Every n-th subject has no labels. */
  unlabelledEvery?: number;
}

function cohort({ subjects, casesPerSubject = 1, sites, unlabelledEvery = Infinity }: Cohort): CaseReference[] {
  return Array.from({ length: subjects * casesPerSubject }, (_, i) => {
    const subject = Math.floor(i / casesPerSubject);
    return {
      id: `case${i}`,
      subject: `subject${subject}`,
      ...(sites && { site: String(subject % sites + 1) }),
      image: `${i}.nii`,
      ...((subject + 1) % unlabelledEvery !== 0 && { label: `${i}-label.nii` }),
    };
  });
}

const subjectOf = (cases: readonly CaseReference[]) => new Map(cases.map(({ id, subject }) => [id, subject]));

Deno.test("over many cohorts: no subject on two sides, nobody at two peers, counts as asked", () => {
  let checked = 0;
  for (const subjects of [12, 20, 37]) {
    for (const casesPerSubject of [1, 2, 3]) {
      for (const sites of [undefined, 2, 4]) {
        for (const peers of [1, 2, 3, 4]) {
          for (const labelled of [0, 1, 2]) {
            const cases = cohort({ subjects: subjects * 2, casesPerSubject, sites });
            const subject = subjectOf(cases);
            const splits = splitSubjects(cases, { peers, labelled, seed: subjects + labelled });
            assertEquals(splits.length, peers);
            const owner = new Map<string, string>();
            splits.forEach(({ training, labelled: chosen, probe, test }, peer) => {
              assertEquals(chosen.length, labelled);
              assertEquals(new Set(chosen.map((id) => subject.get(id))).size, labelled);
              assert(chosen.every((id) => training.includes(id)));
              for (const [use, ids] of Object.entries({ training, probe, test })) {
                assertEquals(ids.length > 0, use !== "test" || labelled > 0);
                for (const id of ids) {
                  const before = owner.get(subject.get(id)!);
                  assert(before === undefined || before === `${peer} ${use}`);
                  owner.set(subject.get(id)!, `${peer} ${use}`);
                }
              }
              assertEquals(
                new Set([...training, ...probe, ...test]).size,
                training.length + probe.length + test.length,
              );
              assert(new Set(probe.map((id) => subject.get(id))).size >= 2);
            });
            if (!sites || peers >= sites) assertEquals(owner.size, subjects * 2);
            checked++;
          }
        }
      }
    }
  }
  assertEquals(checked, 324);
});

Deno.test("up to as many peers as sites, a peer is a site", () => {
  const cases = cohort({ subjects: 60, sites: 5 });
  const site = new Map(cases.map(({ id, site }) => [id, site]));
  for (const peers of [1, 3, 5]) {
    const splits = splitSubjects(cases, { peers, labelled: 1, seed: 3 });
    const sites = splits.map((
      { training, probe, test },
    ) => [...new Set([...training, ...probe, ...test].map((id) => site.get(id)))]);
    assert(sites.every((own) => own.length === 1));
    assertEquals(new Set(sites.flat()).size, peers);
    assertEquals(sites.flat(), sites.flat().toSorted((a, b) => Number(a) - Number(b)));
  }
  // which sites are drawn depends on the seed
  const drawn = [1, 2, 3, 4, 5, 6].map((seed) =>
    site.get(splitSubjects(cases, { peers: 1, labelled: 1, seed })[0].training[0])
  );
  assert(new Set(drawn).size > 1);
});

Deno.test("more peers than sites share sites out, none across two", () => {
  const cases = cohort({ subjects: 60, sites: 2 });
  const site = new Map(cases.map(({ id, site }) => [id, site]));
  const splits = splitSubjects(cases, { peers: 5, labelled: 1, seed: 3 });
  for (const { training, probe, test } of splits) {
    assertEquals(new Set([...training, ...probe, ...test].map((id) => site.get(id))).size, 1);
  }
});

Deno.test("the order of the list does not matter, the seed does", () => {
  const cases = cohort({ subjects: 30, casesPerSubject: 2 });
  const options = { peers: 3, labelled: 2, seed: 5 };
  assertEquals(splitSubjects(new Rng(1).shuffle(cases), options), splitSubjects(cases, options));
  assert(
    JSON.stringify(splitSubjects(cases, { ...options, seed: 6 })) !== JSON.stringify(splitSubjects(cases, options)),
  );
});

Deno.test("more labels than subjects take second cases of the same people", () => {
  const cases = cohort({ subjects: 5, casesPerSubject: 3 });
  const [{ training, labelled }] = splitSubjects(cases, { peers: 1, labelled: 5, seed: 1 });
  assertEquals([training.length, new Set(labelled).size], [6, 5]);
  assertEquals(new Set(labelled.map((id) => subjectOf(cases).get(id))).size, 2);
});

Deno.test("people without labels are probed first, and never tested or learnt from with labels", () => {
  const cases = cohort({ subjects: 20, unlabelledEvery: 3 });
  const labels = new Map(cases.map(({ id, label }) => [id, label]));
  const [{ labelled, probe, test }] = splitSubjects(cases, { peers: 1, labelled: 3, seed: 1 });
  assert([...labelled, ...test].every((id) => labels.get(id) !== undefined));
  assert(probe.every((id) => labels.get(id) === undefined));
});

Deno.test("a limit on cases keeps whole subjects", () => {
  const cases = cohort({ subjects: 40, casesPerSubject: 2 });
  for (const { training, probe, test } of splitSubjects(cases, { peers: 2, labelled: 1, seed: 1, casesPerPeer: 21 })) {
    assertEquals(training.length + probe.length + test.length, 20);
  }
});

Deno.test("too few people are refused with the number that is needed", () => {
  assertThrows(
    () => splitSubjects(cohort({ subjects: 7 }), { peers: 2, labelled: 1, seed: 1 }),
    UserError,
    "peer 2 needs at least 4 subjects (1 to test, 2 to probe, 1 to train) (3)",
  );
  assertThrows(
    () => splitSubjects(cohort({ subjects: 3, sites: 3 }), { peers: 3, labelled: 1, seed: 1 }),
    UserError,
    "(site 1)",
  );
  assertThrows(() => splitSubjects([], { peers: 1, labelled: 1, seed: 1 }), UserError, "peer 1 needs at least");
});

Deno.test("fewer labelled cases than asked for are refused", () => {
  const few = cohort({ subjects: 20 });
  const rule = "peer 1 needs 15 labelled case(s) to train and 5 labelled subject(s) to test; with 0 labelled cases it";
  assertThrows(() => splitSubjects(few, { peers: 1, labelled: 15, seed: 1 }), UserError, rule);
  // dealt out at random, a peer may get nobody with labels: that is no site without labels
  const two = cohort({ subjects: 12 }).map(({ label, ...rest }, i) => i < 2 ? { ...rest, label } : rest);
  assertThrows(() => splitSubjects(two, { peers: 3, labelled: 1, seed: 1 }), UserError, "0 labelled subject(s) in all");
});

Deno.test("a dataset without labels, and a site without, pre-train only: all are trained on or probed", () => {
  const none = cohort({ subjects: 20, unlabelledEvery: 1 });
  for (const { training, labelled, probe, test } of splitSubjects(none, { peers: 2, labelled: 3, seed: 1 })) {
    assertEquals([training.length, labelled.length, probe.length, test.length], [8, 0, 2, 0]);
  }
  const [only] = splitSubjects(none.slice(0, 3), { peers: 1, labelled: 1, seed: 1 });
  assertEquals([only.training.length, only.probe.length], [1, 2]);
  const sites = cohort({ subjects: 24, sites: 3 }).map(({ label, ...rest }) =>
    rest.site === "2" ? rest : { ...rest, label }
  );
  const splits = splitSubjects(sites, { peers: 3, labelled: 1, seed: 1 });
  assertEquals(splits.map(({ labelled, test }) => [labelled.length, test.length]), [[1, 2], [0, 0], [1, 2]]);
  // where some have no site, nobody is a site
  const mixed = sites.map(({ site, ...rest }) => ({ ...rest, ...(site === "2" && { site }) }));
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    assertEquals(splitSubjects(mixed, { peers: 1, labelled: 1, seed })[0].labelled.length, 1);
  }
});

Deno.test("a subject of two sites, and numbers that make no sense, are refused", () => {
  const cases = cohort({ subjects: 20, casesPerSubject: 2, sites: 2 });
  const moved = cases.map((reference, i) => (i === 0 ? { ...reference, site: "9" } : reference));
  assertThrows(
    () => splitSubjects(moved, { peers: 2, labelled: 1, seed: 1 }),
    UserError,
    "must belong to one site (subject0",
  );
  assertThrows(() => splitSubjects(cases, { peers: 0, labelled: 1, seed: 1 }), UserError, "(peers: 0)");
  assertThrows(() => splitSubjects(cases, { peers: 1, labelled: -1, seed: 1 }), UserError, "(labelled: -1)");
  assertThrows(() => splitSubjects(cases, { peers: 1, labelled: 1, seed: 1, test: 1 }), RangeError, "[0, 1)");
});

Deno.test("a peer's own cases are all used, however many sites its table names, and a person of two is one subject", () => {
  const scanners = cohort({ subjects: 20, casesPerSubject: 2, sites: 3 });
  const twice = scanners.map((reference, i) => (i === 0 ? { ...reference, site: "9" } : reference));
  for (const cases of [scanners, twice]) {
    const { training, labelled, probe, test } = splitOwn(cases, { labelled: 3, seed: 1 });
    assertEquals([training.length, labelled.length, probe.length, test.length], [24, 3, 6, 10]);
    assertEquals(new Set([...training, ...probe, ...test]).size, 40);
  }
  // without sites, and with one, the split is the one that was drawn before
  for (const sites of [undefined, 1]) {
    const cases = cohort({ subjects: 20, sites });
    assertEquals([splitOwn(cases, { labelled: 2, seed: 5 })], splitSubjects(cases, { peers: 1, labelled: 2, seed: 5 }));
  }
});
