import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type EvaluationBudget, withBudget } from "../../../src/evaluation/budget/budget.ts";
import { groupCosts } from "../../../src/evaluation/budget/group_costs.ts";
import { planCells } from "../../../src/evaluation/plan/cells.ts";
import { rolesOf } from "../../../src/evaluation/plan/roles.ts";
import { methodNamed, parseProtocol } from "../../../src/evaluation/protocol/protocol.ts";

const protocol = parseProtocol({
  schedule: { rounds: 20, stepsPerRound: 30 },
  fineTune: { steps: 200 },
  methods: { longer: { objective: "fcl", schedule: { rounds: 40 } }, tuned: { like: "fcl", fineTune: { steps: 7 } } },
}, "p.json");

const BUDGET: EvaluationBudget = { minutes: 5, rounds: 8, stepsPerRound: 10, fineTune: 50, pretrainShare: 0.4 };

const methodWith = (name: string, plan: Pick<EvaluationBudget, "rounds" | "stepsPerRound" | "fineTune">) =>
  methodNamed(name, withBudget(protocol, { ...BUDGET, ...plan }), "p.json");

/** Three sites of five cases. */
const fold = ["a", "b", "c"].map((site) => ({
  site,
  training: [`${site}1`, `${site}2`, `${site}3`],
  labelled: [`${site}1`, `${site}2`],
  probe: [],
  test: [`${site}4`, `${site}5`],
}));

const measured = {
  ...{ start: 3, prepare: 0.5, test: 2 },
  pretrain: { fcl: { step: 0.1, round: 0.7 }, longer: { step: 0.2, round: 0 } },
  fineTune: { scratch: 0.01, fcl: 0.02, longer: 0.02, tuned: 0.03 },
};

const roles = rolesOf({ tested: 2, testedOn: "own" }, { sites: 3, where: "p.json" });

function costsOf(methods: string[], mode: "local" | "federated" | "pooled" = "local", others = roles) {
  const pretrainedAs = (method: string) => methodNamed(method, protocol, "p.json").pretrainedAs;
  const cells = planCells({ methods, modes: [mode], labelled: [1, 2], folds: 1, seeds: [1], pretrainedAs });
  return groupCosts(cells, { fold, roles: others, measured, methodWith });
}

const BESIDE = 3 + 15 * 0.5; // the start, and fifteen volumes

Deno.test("a protocol takes rounds and steps from its budget, and all else stays", () => {
  const { schedule, fineTune, ...rest } = withBudget(protocol, BUDGET);
  assertEquals(schedule, { ...protocol.schedule, rounds: 8, stepsPerRound: 10 });
  assertEquals(fineTune, { ...protocol.fineTune, steps: 50 });
  assertEquals({ ...rest, schedule: protocol.schedule, fineTune: protocol.fineTune }, protocol);
  assertEquals(withBudget(protocol, { ...BUDGET, pretrainShare: 0 }).schedule, protocol.schedule);
  assertEquals(withBudget(protocol, undefined), protocol);
});

Deno.test("from scratch there is fine-tuning at each tested site, and tests of its own cases", () => {
  const { pretrainStep, round, fineTuneStep, total } = costsOf(["scratch"]);
  assertEquals([pretrainStep, round], [0, 0]);
  assertAlmostEquals(fineTuneStep, 2 * 2 * 0.01);
  assertAlmostEquals(total(BUDGET), BESIDE + 2 * (4 * 2) + 50 * fineTuneStep);
});

Deno.test("all sites pre-train in turns, once for all cells that go on from it", () => {
  const { pretrainStep, round, fineTuneStep, total } = costsOf(["fcl", "tuned"]);
  assertAlmostEquals(pretrainStep, 3 * 0.1);
  assertAlmostEquals(round, 3 * 0.7);
  assertAlmostEquals(fineTuneStep, 2 * 2 * (0.02 + 0.03));
  const tuning = 2 * 2 * (50 * 0.02 + 7 * 0.03); // one says how many steps it takes
  assertAlmostEquals(total(BUDGET), BESIDE + 8 * (10 * pretrainStep + round) + 4 * (4 * 2) + tuning);
});

Deno.test("a method's own rounds count, whatever is planned", () => {
  assertAlmostEquals(costsOf(["longer"]).total(BUDGET) - costsOf(["longer"]).total({ ...BUDGET, rounds: 99 }), 0);
});

Deno.test("together all sites with labels train, and a network may be tested on all sites' cases", () => {
  assertAlmostEquals(costsOf(["scratch"], "federated").fineTuneStep, 2 * 3 * 0.01);
  assertAlmostEquals(costsOf(["scratch"], "pooled").fineTuneStep, 2 * 0.01);
  const one = rolesOf({ tested: 3, labelledSites: [2], testedOn: "all" }, { sites: 3, where: "p.json" });
  const { fineTuneStep, total } = costsOf(["scratch"], "local", one);
  assertAlmostEquals(fineTuneStep, 2 * 0.01);
  assertAlmostEquals(total(BUDGET), BESIDE + 2 * (6 * 2) + 50 * fineTuneStep);
});
