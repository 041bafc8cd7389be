import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { type Costs, type GivenSchedule, planSchedule, type SchedulePlan } from "../../src/planning/schedule.ts";
import { PLANNING } from "../../src/planning/table.ts";

const COSTS: Costs = { pretrainStep: 0.2, round: 0.5, fineTuneStep: 0.3 };

const pretrainingOf = ({ rounds, stepsPerRound }: SchedulePlan, { pretrainStep, round }: Costs) =>
  rounds * (stepsPerRound * pretrainStep + round);

Deno.test("seconds are divided between pre-training and fine-tuning, and rounds are of the usual length", () => {
  const plan = planSchedule(1000, { costs: COSTS });
  assertEquals(plan, { rounds: 46, stepsPerRound: 30, fineTune: 2336, pretrainShare: 0.3 });
  assertEquals(planSchedule(1000, { costs: COSTS, pretrainShare: 0.6 }).rounds, 92);
});

Deno.test("whatever the budget, it is kept and no more than a step is left over", () => {
  for (const seconds of [20, 60, 137, 300, 3600, 100_000]) {
    for (const pretrainStep of [0, 0.01, 0.3, 1]) {
      for (const round of [0, 0.7]) {
        for (const fineTuneStep of [0, 0.004, 0.5]) {
          for (const given of [{}, { stepsPerRound: 5 }, { rounds: 3 }, { rounds: 2, stepsPerRound: 4 }]) {
            const costs = { pretrainStep, round, fineTuneStep };
            const plan = planSchedule(seconds, { costs, given });
            const { rounds, stepsPerRound, fineTune } = plan;
            assert([rounds, stepsPerRound, fineTune].every((count) => Number.isInteger(count) && count >= 1));
            const spent = pretrainingOf(plan, costs) + fineTune * fineTuneStep;
            assert(spent <= seconds + 1e-6, `${spent} of ${seconds}`);
            if (fineTuneStep > 0) assert(seconds - spent < fineTuneStep + 1e-6);
          }
        }
      }
    }
  }
});

Deno.test("a small budget has shorter rounds rather than few", () => {
  const { rounds, stepsPerRound } = planSchedule(40, { costs: COSTS });
  assertEquals([rounds, stepsPerRound], [PLANNING.fewestRounds, 9]);
});

Deno.test("what is given is kept, and the rest goes to what is planned", () => {
  const plan = (given: GivenSchedule) => planSchedule(1000, { costs: COSTS, given });
  assertEquals(plan({ fineTune: 100 }), { rounds: 149, stepsPerRound: 30, fineTune: 100, pretrainShare: 0.3 });
  assertEquals(plan({ rounds: 10 }).stepsPerRound, 147);
  assertEquals(plan({ rounds: 10, stepsPerRound: 30 }).fineTune, 3116);
  assertEquals(plan({ stepsPerRound: 10 }).rounds, 120);
  assertEquals(plan({ rounds: 2, stepsPerRound: 3, fineTune: 4 }), {
    rounds: 2,
    stepsPerRound: 3,
    fineTune: 4,
    pretrainShare: 0.3,
  });
});

Deno.test("where nothing is pre-trained, or nothing fine-tuned, the other has all of it", () => {
  const scratch = planSchedule(600, { costs: { ...COSTS, pretrainStep: 0, round: 0 } });
  assertEquals([scratch.fineTune, scratch.pretrainShare], [2000, 0]);
  const alone = planSchedule(650, { costs: { ...COSTS, fineTuneStep: 0 } });
  assertAlmostEquals(pretrainingOf(alone, COSTS), 650);
  assertEquals([alone.fineTune, alone.pretrainShare], [1, 1]);
});

Deno.test("too small a budget is refused in a sentence with what is left", () => {
  const refused = (seconds: number, given?: GivenSchedule) =>
    assertThrows(
      () => planSchedule(seconds, { costs: COSTS, given, fewestSteps: 20 }),
      UserError,
      `there must be time for a round of pre-training and 20 steps of fine-tuning (minutes: ${Math.max(0, seconds)} s`,
    );
  refused(8);
  refused(-4);
  refused(60, { rounds: 10, stepsPerRound: 40 });
  refused(60, { fineTune: 1000 });
});
