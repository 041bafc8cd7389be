/** What sites say towards a plan: how much of it leaves, what is taken, and by what all of them plan. */
import { assertEquals, assertThrows } from "@std/assert";
import { parseConfiguration } from "../../../src/peer/configuration.ts";
import { planOf, readSays, termsOf } from "../../../src/peer/planning/says.ts";
import type { ConsortiumPlan } from "../../../src/planning/consortium_plan.ts";
import { disclose } from "../../../src/planning/site_fingerprint.ts";

const MEMBER = "12D3KooWH742h5oZJqDfMcpKDYedGMt3WNT9yrv7kUVnrinsHYet";

const alike = (value: number) => ({ least: value, lower: value, upper: value, most: value });
const along = (value: number) => [alike(value), alike(value), alike(value)] as const;

/** Of six volumes in each of which so many structures are labelled. */
function fingerprintWith(structures: number) {
  const names = Array.from({ length: structures }, (_, i) => [`organ ${i}`, { cases: 6, extent: along(40) }]);
  return {
    ...{ volumes: 6, size: along(48), spacing: along(2), extent: along(96) },
    structures: Object.fromEntries(names),
  };
}

const PLAN: ConsortiumPlan = {
  ...{ spacing: [2, 2, 2], patch: [16, 16, 16], pool: [[2, 2, 2]], levels: 2, baseFilters: 4, batch: 2 },
};

Deno.test("a fingerprint names at most 100 structures: with more, it leaves with none, and is refused of others", () => {
  const released = (structures: number) => Object.keys(disclose(fingerprintWith(structures)).structures ?? {}).length;
  assertEquals([1, 100, 101].map(released), [1, 100, 0]);
  const said = (structures: number) => readSays({ fingerprint: fingerprintWith(structures) });
  assertEquals(said(100), { fingerprint: fingerprintWith(100) });
  assertThrows(() => said(101), RangeError, 'its field "structures" must be at most 100');
});

Deno.test("a plan that is given goes before all fingerprints, and of several the same one whatever the order", () => {
  const fingerprint = { fingerprint: disclose(fingerprintWith(1)) };
  const terms = { patches: 4 };
  const planned = planOf([fingerprint], terms);
  assertEquals(planned.baseFilters === PLAN.baseFilters, false);
  assertEquals(planOf([fingerprint, { plan: PLAN }, { refused: true }], terms), PLAN);
  // "baseFilters" is the first field by the alphabet, and its digits are compared as text
  const [wide, wider] = [10, 8].map((baseFilters) => ({ ...PLAN, baseFilters }));
  for (const plans of [[wide, wider], [wider, wide]]) {
    assertEquals(planOf([...plans.map((plan) => ({ plan })), fingerprint], terms), wide);
  }
});

Deno.test("sites plan by their minutes, their crop, their patches a step, and as many steps as rounds of averaging", () => {
  const terms = (more: object) =>
    termsOf(parseConfiguration(
      {
        ...{ name: "site", data: { directory: "data", spacing: [1, 1, 1] }, pretrain: { volumes: 3 } },
        network: { baseFilters: 4, levels: 2, patch: [4, 4, 4], pool: [[2, 2, 2]] },
        mesh: { consortium: "heart", members: [MEMBER] },
        ...more,
      },
      ...["site.json", "/site"] as const,
    ));
  assertEquals(terms({}), { patches: 6, fewestSteps: 1 });
  assertEquals(terms({ fineTune: { rounds: 7, steps: 20 } }).fewestSteps, 1);
  assertEquals(terms({ fineTune: { mode: "federated", rounds: 7, steps: 20 } }).fewestSteps, 7);
});
