import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../../src/core/errors.ts";
import {
  type ConsortiumPlan,
  mergeFingerprints,
  planConsortium,
  readConsortiumPlan,
} from "../../src/planning/consortium_plan.ts";
import { type Distributions, distributionsOf, fingerprintOf } from "../../src/planning/fingerprint.ts";
import {
  disclose,
  readSiteFingerprint,
  type SiteFingerprint,
  type SiteSpeed,
} from "../../src/planning/site_fingerprint.ts";
import { planSize, workOf } from "../../src/planning/size.ts";
import { PLANNING } from "../../src/planning/table.ts";
import { fuzzRuns } from "../_fuzz.ts";

/** Volumes of `slices` slices, each a little larger than the one before. */
function site(count: number, { slices = 10, thickness = 8, first = 200 } = {}): SiteFingerprint {
  const grids = Array.from({ length: count }, (_, i) => ({
    dims: [first + i, first + i, slices] as [number, number, number],
    spacing: [1.5, 1.5, thickness] as [number, number, number],
  }));
  const extents = distributionsOf(grids.map((_, i) => [60 + i, 50 + i, 70]));
  return { ...fingerprintOf(grids), structures: { heart: { cases: count, extent: extents } } };
}

const SPEED: SiteSpeed = {
  ...{ work: 1e6, pretrainStep: 0.05, round: 0.5, fineTuneStep: 0.04, tests: 10, beside: 20, memory: 8e9 },
};
const TERMS = { patches: 16 };

Deno.test("fingerprints of one site are its own, and of many those of all volumes where each site's are alike", () => {
  const one = site(7);
  assertEquals(mergeFingerprints([one]), one);
  assertEquals(mergeFingerprints([one, one, one]), {
    ...one,
    volumes: 21,
    structures: {
      heart: { ...one.structures!.heart, cases: 21 },
    },
  });
});

Deno.test("medians are weighted by counts, and ranges hold all sites'", () => {
  const { spacing, volumes, size } = mergeFingerprints([site(20, { thickness: 10 }), site(6, { thickness: 2 })]);
  assertEquals([volumes, spacing[2]], [26, { least: 2, lower: 10, upper: 10, most: 10 }]);
  assertEquals([size[0].least, size[0].most], [200, 219]);
});

Deno.test("the same fingerprints make the same plan, in whatever order they came", () => {
  const sites = [site(3), site(8, { slices: 14, thickness: 5 }), site(20, { first: 90 }), site(5, { slices: 40 })]
    .map((one, i) => ({ ...disclose(one), speed: { ...SPEED, pretrainStep: 0.01 * (i + 1) } }));
  for (const minutes of [undefined, 30]) {
    const plan = JSON.stringify(planConsortium(sites, { ...TERMS, minutes }));
    fc.assert(
      fc.property(fc.shuffledSubarray(sites, { minLength: 4 }), (shuffled) => {
        assertEquals(JSON.stringify(planConsortium(shuffled, { ...TERMS, minutes })), plan);
      }),
      fuzzRuns(20),
    );
    assertEquals(readConsortiumPlan(JSON.parse(plan)), JSON.parse(plan));
  }
});

Deno.test("without minutes the plan is the first size's, and says nothing of a schedule", () => {
  const sites = [site(8), site(9)];
  const plan = planConsortium(sites, TERMS);
  assertEquals(plan, planSize(mergeFingerprints(sites), PLANNING.sizes[PLANNING.firstSize]));
  assertThrows(() => planConsortium([], TERMS), UserError, "one site at least must release its fingerprint");
});

Deno.test("the slowest site keeps to the minutes", () => {
  const of = (speed: SiteSpeed) => ({ ...site(8), speed });
  const slow = { ...SPEED, pretrainStep: 10 * SPEED.pretrainStep, fineTuneStep: 10 * SPEED.fineTuneStep };
  const terms = { ...TERMS, minutes: 30 };
  const alone = planConsortium([of(slow)], terms);
  assertEquals(planConsortium([of(SPEED), of(slow), of(SPEED)], terms).schedule, alone.schedule);
  const { rounds, stepsPerRound, fineTune } = alone.schedule!;
  const times = workOf(alone) / slow.work;
  const seconds = slow.beside + PLANNING.closing + times *
      (slow.tests + rounds * (stepsPerRound * slow.pretrainStep + slow.round) + fineTune * slow.fineTuneStep);
  assert(seconds <= 30 * 60, `${seconds}`);
  assertAlmostEquals(seconds / (30 * 60), 1, 0.1);
  const fast = planConsortium([of(SPEED)], terms);
  assert(workOf(fast) > workOf(alone) || fast.schedule!.fineTune > fineTune);
  assertThrows(() => planConsortium([site(8)], terms), UserError, "how fast it trains");
  // and the one with the least memory to what it has
  const long = { ...TERMS, minutes: 300 };
  const small = planConsortium([of({ ...SPEED, memory: 1e7 })], long);
  assertEquals(planConsortium([of(SPEED), of({ ...SPEED, memory: 1e7 })], long).patch, small.patch);
  assert(workOf(small) < workOf(planConsortium([of(SPEED)], long)));
  assertThrows(() => planConsortium([of(slow)], { ...terms, minutes: 0.2 }), UserError, "minutes");
});

Deno.test("the teacher is left out where there is time for few steps with it, and its sites' longer steps are reckoned with", () => {
  const schedules = [7, 30].map((minutes) => {
    const terms = { ...TERMS, minutes };
    // the site that learns from unlabelled volumes is the slowest with them only
    const sites = [{ ...SPEED, plainStep: 0.02 }, { ...SPEED, fineTuneStep: 0.02 }].map((speed) => ({
      ...site(8),
      speed,
    }));
    const { schedule } = planConsortium(sites, terms);
    assertEquals(planConsortium([...sites].reverse(), terms).schedule, schedule);
    const plain = planConsortium([{ ...site(8), speed: { ...SPEED, fineTuneStep: 0.02 } }], terms).schedule!;
    assertEquals([plain.taught, plain.rounds], [undefined, schedule!.rounds]); // nobody is taught
    return { ...schedule!, plain: plain.fineTune };
  });
  const [short, long] = schedules;
  assertEquals([short.taught, short.fineTune], [false, short.plain]);
  assert(short.plain >= PLANNING.enoughToTeach && short.plain < 2 * PLANNING.enoughToTeach, `${short.plain}`);
  assertEquals([long.taught, long.fineTune], [undefined, Math.floor(long.plain / 2)]);
  const plan = {
    ...planConsortium([site(8)], TERMS),
    schedule: { rounds: 1, stepsPerRound: 1, fineTune: 5, taught: false },
  };
  assertEquals(readConsortiumPlan(plan), plan as ConsortiumPlan);
  assertThrows(
    () => readConsortiumPlan({ ...plan, schedule: { ...plan.schedule, taught: true } }),
    RangeError,
    "taught",
  );
  // sites that fine-tune together need a step a round
  const fewestSteps = long.fineTune + 1;
  const speed = { ...SPEED, plainStep: 0.02 };
  assertEquals(planConsortium([{ ...site(8), speed }], { ...TERMS, minutes: 30, fewestSteps }).schedule!.taught, false);
});

Deno.test("of few volumes only a coarsened median leaves, of more, rounded ones, and what leaves is taken", () => {
  const few = disclose(site(4)), more = disclose(site(5));
  const ends = ([{ least, lower, upper, most }]: Distributions) => new Set([least, lower, upper, most]).size;
  assertEquals([ends(few.size), ends(few.structures!.heart.extent)], [1, 1]);
  assertEquals([ends(more.size), ends(more.structures!.heart.extent)], [3, 3]);
  // one volume's extent and one a tenth larger are told alike
  assertEquals(disclose(site(1, { first: 200 })).extent, disclose(site(1, { first: 205 })).extent);
  for (const one of [few, more, { ...few, speed: SPEED }]) assertEquals(readSiteFingerprint(one), one);
  assertEquals(Object.keys(disclose({ ...site(5), spare: 1 } as never)).sort(), [
    ...["extent", "size", "spacing", "structures", "volumes"],
  ]);
});

Deno.test("a fingerprint that cannot be is refused, and the field named", () => {
  const good = { ...site(8), speed: SPEED };
  const [x, ...others] = good.size;
  for (
    const [bad, words] of [
      [{ ...good, volumes: NaN }, '"volumes"'],
      [{ ...good, volumes: -1 }, '"volumes" must be a number from 1 to 100000'],
      [{ ...good, volumes: 1e9 }, '"volumes"'],
      [{ ...good, volumes: 2.5 }, '"volumes" must be a whole number'],
      [{ ...good, size: [{ ...x, most: Infinity }, ...others] }, '"size.0.most"'],
      [{ ...good, size: [{ ...x, least: 1e5 }, ...others] }, '"size.0.least"'],
      [{ ...good, size: [{ ...x, least: x.most, most: x.least }, ...others] }, '"size.0" must rise'],
      [{ ...good, spacing: [{ ...x, least: 0 }, ...others] }, '"spacing.0.least" must be a number from 0.001 to 1000'],
      [{ ...good, speed: { ...SPEED, memory: 0 } }, '"speed.memory"'],
      [{ ...good, patients: ["a"] }, '"patients"'],
      [null, "the whole"],
    ] as const
  ) assertThrows(() => readSiteFingerprint(bad), RangeError, words);
});
