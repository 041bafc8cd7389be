import { assertEquals } from "@std/assert";
import { Budget } from "../../src/peer/budget.ts";

/** A budget of 100 s whose clock the test sets. */
function budgetOf(pretrainShare: number) {
  const clock = { now: 0 };
  return { clock, budget: new Budget({ seconds: 100, pretrainShare, elapsed: () => clock.now }) };
}

/** Rounds of pre-training, each of `seconds`, that are begun after `start` seconds. */
function roundsOf(seconds: number, { share, start }: { share: number; start: number }): number {
  const { clock, budget } = budgetOf(share);
  clock.now = start;
  let rounds = 0;
  for (; budget.hasTimeForRound({ rounds, seconds: rounds * seconds }); rounds++) clock.now += seconds;
  return rounds;
}

Deno.test("pre-training takes its share of what is left after the start, and a tenth of it more at most", () => {
  assertEquals(roundsOf(1, { share: 0.3, start: 0 }), 33);
  assertEquals(roundsOf(1, { share: 0.3, start: 50 }), 16);
  assertEquals(roundsOf(7, { share: 0.3, start: 0 }), 4);
  assertEquals(roundsOf(10, { share: 1, start: 20 }), 8); // where nothing follows, all of it, and no more
});

Deno.test("one round is done in any case, so that there is something to keep", () => {
  assertEquals(roundsOf(500, { share: 0.3, start: 0 }), 1);
  assertEquals(roundsOf(1, { share: 0.3, start: 1000 }), 1);
});

Deno.test("networks have equal parts of what is left when each begins; tests in between cost nothing", () => {
  const { clock, budget } = budgetOf(0.3);
  clock.now = 40;
  assertEquals(budget.partOf(2), 30);
  clock.now += 50; // the first took longer
  assertEquals(budget.partOf(1), 10);
  clock.now += 7;
  budget.setApart(7);
  assertEquals(budget.partOf(1), 10);
  clock.now = 1000;
  assertEquals(budget.left, 0);
});
