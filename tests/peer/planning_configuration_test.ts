import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { whyNot } from "../../src/mesh/admission/hello.ts";
import { parseConfiguration } from "../../src/peer/configuration.ts";
import { ANY_PLAN, isPlanned, parsePlanning, planIn, trainedBy } from "../../src/peer/planning_configuration.ts";
import {
  modelDigest,
  OF_THE_PLANNED,
  ONE_SIDED,
  planningSettings,
  sharedSettings,
} from "../../src/peer/shared_settings.ts";

const MEMBER = "12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtF";
const written = {
  name: "site",
  data: { directory: "data" },
  plan: {},
  mesh: { consortium: "test", members: [MEMBER] },
};
const parse = (value: object = {}) => parsePlanning({ ...written, ...value }, "site.json", "/etc/site");
const { schedule: _, ...PLAN } = { ...ANY_PLAN, spacing: [2, 2, 8] as const };
const FACTS = { layoutDigest: "digest", labels: {}, cases: { training: 1, labelled: 1 } };

Deno.test("a configuration that plans is, with a plan, an ordinary one that says it", () => {
  assert(isPlanned(written));
  const planned = parse().withPlan({ ...PLAN, spacing: [2, 2, 8] });
  assertEquals([planned.data.spacing, planned.network.patch, planned.fineTune.batch], [[2, 2, 8], [8, 8, 8], 2]);
  assertEquals(planIn(planned), { ...PLAN, spacing: [2, 2, 8] });
  const { schedule, fineTune } = parse({ plan: { minutes: 5 } }).withPlan(ANY_PLAN);
  assertEquals([schedule.rounds, fineTune.steps], [1, 100_000]);
  assertEquals(parse({ fineTune: { steps: 7 } }).withPlan(ANY_PLAN).fineTune.steps, 7);
});

Deno.test("what a plan decides on is left out, or all of it is given", () => {
  assertThrows(() => parse({ network: { levels: 3 } }), UserError, 'field "network.levels"');
  assertThrows(() => parse({ plan: { minutes: 5 }, fineTune: { steps: 7 } }), UserError, 'field "fineTune.steps"');
  assertThrows(() => parse({ plan: { minutes: 0 } }), UserError, "plan.minutes");
  assert(!isPlanned({ ...written, network: { patch: [8, 8, 8] } }));
});

Deno.test("who still plans is let in by who has a plan, and those with two plans name both", () => {
  const hello = (settings: Record<string, string>) => ({ consortium: "test", settings }) as never;
  const meet = (one: Record<string, string>, other: Record<string, string>) =>
    whyNot(hello(one), hello(other), { ifBoth: OF_THE_PLANNED, oneSided: ONE_SIDED });
  const withSpacing = (millimetres: number) => {
    return sharedSettings(parse().withPlan({ ...PLAN, spacing: [millimetres, 2, 8] }), FACTS);
  };
  const planning = planningSettings(parse().withPlan(ANY_PLAN));
  assertEquals([meet(planning, withSpacing(2)), meet(withSpacing(2), withSpacing(2))], [undefined, undefined]);
  assertMatch(
    meet(withSpacing(2), withSpacing(3))!,
    /"plan.agreed" is "data.spacing \[2,2,8\],.*" here, "data.spacing \[3,2,8\],.*" there/,
  );
  const other = planningSettings(parse({ plan: { minutes: 5 } }).withPlan(ANY_PLAN));
  assertEquals(meet(planning, other), 'the settings differ: "plan.minutes" is "none" here, "5" there');
  // one that plans nothing says nothing of plans
  const { plan: _, ...plain } = written;
  const network = { patch: [8, 8, 8], pool: [[2, 2, 2], [2, 2, 2]] };
  const given = parseConfiguration({ ...plain, data: { directory: "data", spacing: null }, network }, "site.json", "/");
  assertEquals(Object.keys(sharedSettings(given, FACTS)).filter((name) => name.startsWith("plan")), []);
  const ordinary = sharedSettings(given, FACTS);
  const remedy =
    'plans together with others: give the other one the same "plan" beside its "data.spacing" and "network"';
  for (const settings of [planning, withSpacing(2)]) {
    assertMatch(
      meet(settings, ordinary)!,
      new RegExp(`^only the site here ${remedy}, which all then take over, or leave`),
    );
    assertMatch(meet(ordinary, settings)!, new RegExp(`^only the site there ${remedy}`));
  }
  assertEquals(meet(ordinary, ordinary), undefined);
});

Deno.test("a plan that leaves unlabelled volumes out is trained so, and compared and bound by a charter as it was written", async () => {
  const schedule = { rounds: 3, stepsPerRound: 4, fineTune: 600 };
  const written = parse({ plan: { minutes: 5 }, fineTune: { mode: "federated", rounds: 5 } });
  const [taught, untaught] = [schedule, { ...schedule, taught: false as const }]
    .map((schedule) => written.withPlan({ ...PLAN, schedule }));
  assert(taught.fineTune.unlabelled !== null);
  assertEquals(trainedBy(taught), taught);
  assertEquals(trainedBy(untaught).fineTune, { ...taught.fineTune, unlabelled: null });
  assertEquals([planIn(taught), planIn(untaught)].map(({ schedule }) => schedule), [schedule, {
    ...schedule,
    taught: false,
  }]);
  const [one, other] = [taught, untaught].map((configuration) => sharedSettings(configuration, FACTS));
  const differing = Object.keys(one).filter((name) => one[name] !== other[name]);
  assertEquals(differing, ["plan.agreed"]);
  assertMatch(other["plan.agreed"], /fineTune.steps 600, labelled volumes only$/);
  const digests = await Promise.all([written.withPlan(ANY_PLAN), taught, untaught].map(modelDigest));
  assertEquals(new Set(digests).size, 1);
  // without minutes the plan says nothing of it, whatever a member says
  assertEquals(parse().withPlan({ ...PLAN, schedule: { ...schedule, taught: false } }).labelledOnly, undefined);
  // a site without labels has then no part, and says nothing of labels
  const facts = { ...FACTS, labels: { 1: "heart" }, cases: { training: 1, labelled: 0 } };
  const labelled = [taught, untaught].map((one) => Object.keys(sharedSettings(one, facts)).includes("data.labels.1"));
  assertEquals(labelled, [true, false]);
});
