import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import type { CaseReference } from "../../src/data/datasets/dataset.ts";
import { writeNifti } from "../../src/data/nifti/write.ts";
import { dirichlet } from "../../src/data/sites/_dirichlet.ts";
import type { SubjectMeasures } from "../../src/data/sites/division.ts";
import { measureSubjects } from "../../src/data/sites/measure.ts";
import { type DivisionName, divisions, makeSites, type MakeSitesOptions } from "../../src/data/sites/registry.ts";
import { withFolder } from "./_files.ts";

const cases: CaseReference[] = Array.from({ length: 120 }, (_, i) => ({
  id: `case${i}`,
  subject: `s${i >> 1}`,
  site: "old",
  image: `${i}.nii`,
}));
/** Intensities and label volumes that have nothing to do with each other or with the order of ids. */
const measures = new Map<string, SubjectMeasures>(
  Array.from({ length: 60 }, (_, i) => [`s${i}`, { intensity: i * 7 % 60, labelVolume: i * 11 % 60 }]),
);
const names = Object.keys(divisions) as DivisionName[];

const made = (options: Partial<MakeSitesOptions> & { division: DivisionName }) =>
  makeSites(cases, { sites: 4, seed: 1, measures, ...options });
const subjectsBySite = (some: readonly CaseReference[]) =>
  [...Map.groupBy(some, ({ site }) => site!)].sort(([a], [b]) => Number(a) - Number(b))
    .map(([, own]) => [...new Set(own.map(({ subject }) => subject))]);

for (const division of names) {
  Deno.test(`division ${division}: everybody is at one site, every site has people, seeded, whatever the order`, () => {
    for (const sites of [1, 2, 5, 10]) {
      for (const seed of [1, 2]) {
        const result = made({ division, sites, seed, least: 2 });
        assertEquals(result.map(({ id }) => id), cases.map(({ id }) => id));
        const dealt = subjectsBySite(result);
        assertEquals([dealt.length, dealt.flat().length, new Set(dealt.flat()).size], [sites, 60, 60]);
        assert(dealt.every((own) => own.length >= 2));
        const shuffled = makeSites(new Rng(9).shuffle(cases), { division, sites, seed, least: 2, measures });
        const siteOf = new Map(shuffled.map(({ id, site }) => [id, site]));
        assert(result.every(({ id, site }) => siteOf.get(id) === site));
      }
    }
    const sorted = ["intensity", "size"].includes(division);
    const [one, other] = [1, 2].map((seed) => JSON.stringify(made({ division, seed })));
    assertEquals(one === other, sorted);
  });
}

Deno.test("intensity and size make ranges that do not overlap", () => {
  for (const [division, measure] of [["intensity", "intensity"], ["size", "labelVolume"]] as const) {
    const dealt = subjectsBySite(made({ division })).map((own) =>
      own.map((subject) => measures.get(subject)![measure]!)
    );
    assertEquals(dealt.map((own) => [own.length, Math.min(...own), Math.max(...own)]), [
      [15, 0, 14],
      [15, 15, 29],
      [15, 30, 44],
      [15, 45, 59],
    ]);
  }
});

/** The sd over sites of the sites' mean label volume, and of their numbers of people, mean over seeds. */
function skew(division: DivisionName, alpha: number): { volume: number; count: number } {
  const sd = (values: number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  };
  let volume = 0, count = 0;
  for (let seed = 0; seed < 20; seed++) {
    const dealt = subjectsBySite(made({ division, alpha, seed, least: 2 }));
    volume += sd(dealt.map((own) => own.reduce((s, id) => s + measures.get(id)!.labelVolume!, 0) / own.length)) / 20;
    count += sd(dealt.map((own) => own.length)) / 20;
  }
  return { volume, count };
}

Deno.test("a small alpha makes sites unlike, a large one alike, in what the division is about", () => {
  const [unlike, alike] = [0.1, 1000].map((alpha) => skew("label-volume", alpha));
  assert(unlike.volume > 8 && alike.volume < 6, `${unlike.volume} and ${alike.volume}`);
  const [unequal, equal] = [0.3, 1000].map((alpha) => skew("quantity", alpha));
  assert(unequal.count > 5 && equal.count < 1, `${unequal.count} and ${equal.count}`);
});

Deno.test("Dirichlet's shares have its mean and variance", () => {
  const rng = new Rng(3);
  for (const alpha of [0.05, 0.7, 4]) {
    const first = Array.from({ length: 20_000 }, () => {
      const shares = dirichlet(4, alpha, rng);
      assertAlmostEquals(shares.reduce((sum, share) => sum + share, 0), 1, 1e-12);
      return shares[0];
    });
    const mean = first.reduce((sum, share) => sum + share, 0) / first.length;
    const variance = first.reduce((sum, share) => sum + (share - mean) ** 2, 0) / first.length;
    assertAlmostEquals(mean, 0.25, 0.01);
    assertAlmostEquals(variance, 0.25 * 0.75 / (4 * alpha + 1), 0.006);
  }
});

Deno.test("measures are read from the files, over a subject's cases", () =>
  withFolder(async (directory) => {
    const write = async (name: string, values: number[]) => {
      const path = join(directory, name), dims = [values.length, 1, 1] as const, spacing = [1, 1, 1] as const;
      const affine = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];
      const volume = {
        data: Float32Array.from(values),
        dims,
        spacing,
        affine,
        orientation: "RAS",
        datatype: "float32",
      };
      await writeNifti(path, volume);
      return path;
    };
    const image = await write("i.nii", [1, 2, 3, 6]), other = await write("o.nii", [5, 5, 5, 5]);
    const label = await write("l.nii", [3, 1, 2, 0]);
    const scheme = { labels: new Map([[1, "one"], [2, "two"]]), ignore: 3 };
    const found = await measureSubjects({
      ...scheme,
      cases: [
        { id: "a", subject: "x", image, label },
        { id: "b", subject: "x", image: other },
        { id: "c", subject: "y", image },
      ],
    });
    assertEquals([...found], [["x", { intensity: 4, labelVolume: 2 }], ["y", { intensity: 3, labelVolume: null }]]);
    await assertRejects(
      () => measureSubjects({ ...scheme, cases: [{ id: "a", subject: "x", image: join(directory, "none.nii") }] }),
      UserError,
    );
  }));

Deno.test("what cannot be divided is refused", () => {
  const refused = (options: Partial<MakeSitesOptions>, message: string) =>
    assertThrows(() => made({ division: "random", ...options }), UserError, message);
  refused({ sites: 0 }, "(sites: 0)");
  refused({ alpha: 0 }, "alpha must be a positive number");
  refused({ sites: 61 }, "61 sites of 1 need 61 subjects (60)");
  refused({ division: "intensity", measures: undefined }, "needs measures of every subject (s0)");
  refused({ division: "quantity", alpha: 0.001, least: 10 }, "none of 1000 draws");
  const unlabelled = new Map([...measures].map(([id, own]) => [id, { ...own, labelVolume: null }]));
  refused({ division: "size", measures: unlabelled }, "needs a label of every subject");
});
