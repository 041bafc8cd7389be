import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../../../src/core/errors.ts";
import { type GroupCosts, makespan, planEvaluation, type Steps } from "../../../src/evaluation/budget/schedule.ts";

/** A group whose methods take what is planned. */
const group = (pretrainStep: number, round: number, fineTuneStep: number, beside = 0): GroupCosts => ({
  ...{ pretrainStep, round, fineTuneStep },
  total: ({ rounds, stepsPerRound, fineTune }) =>
    beside + rounds * (stepsPerRound * pretrainStep + round) + fineTune * fineTuneStep,
});

const spans = (groups: readonly GroupCosts[], plan: Steps, parallel: number) =>
  makespan(groups.map((one) => one.total(plan)), parallel);

Deno.test("work is begun in its order by whoever is free", () => {
  assertEquals(makespan([], 2), 0);
  assertEquals(makespan([5, 1, 1, 1], 1), 8);
  assertEquals(makespan([5, 1, 1, 1], 2), 5);
  assertEquals(makespan([1, 1, 5], 2), 6);
  assertEquals(makespan([3, 2], 9), 3);
});

const cost = fc.double({ min: 0.01, max: 2, noNaN: true });

Deno.test("a plan fits its seconds, and with a little more of anything planned it would not", () => {
  const anyGroup = fc.tuple(fc.option(cost, { nil: 0 }), cost, cost, fc.double({ min: 0, max: 20, noNaN: true }));
  const seconds = fc.integer({ min: 500, max: 50_000 });
  fc.assert(
    fc.property(fc.array(anyGroup, { minLength: 1, maxLength: 6 }), seconds, fc.constantFrom(1, 2, 4), (all, s, n) => {
      const groups = all.map(([step, round, fineTune, beside]) => group(step, step && round, fineTune, beside));
      const plan = planEvaluation(groups, s, { parallel: n });
      assert(spans(groups, plan, n) <= s);
      const longer = { ...plan, rounds: plan.rounds + 2, fineTune: Math.ceil(1.05 * plan.fineTune) + 2 };
      assert(spans(groups, longer, n) > s, JSON.stringify(plan));
    }),
    { numRuns: 200 },
  );
});

Deno.test("two at a time have nearly twice the steps", () => {
  const groups = [1, 2, 3, 4].map(() => group(0.1, 0.1, 0.2));
  const [one, two] = [1, 2].map((parallel) => planEvaluation(groups, 1000, { parallel }));
  assert(Math.abs(two.fineTune - 2 * one.fineTune) < 0.05 * two.fineTune);
});

Deno.test("too little time is refused in a sentence", () => {
  assertThrows(
    () => planEvaluation([group(1, 1, 1, 50)], 40, { parallel: 1 }),
    UserError,
    "there must be time for a round of pre-training and 1 steps of fine-tuning",
  );
  assertThrows(() => planEvaluation([group(1, 1, 1)], 20, { parallel: 1, fewestSteps: 20 }), UserError, "20 steps");
});
