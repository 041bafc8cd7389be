import { assertEquals, assertThrows } from "@std/assert";
import { cellId, MODES } from "../../../src/evaluation/cell.ts";
import { planCells } from "../../../src/evaluation/plan/cells.ts";
import { progressOf } from "../../../src/evaluation/plan/progress.ts";

const GRID = {
  methods: ["scratch", "fcl", "fcl-paper"],
  modes: MODES,
  labelled: [1, 2, 4],
  folds: 2,
  seeds: [11, 12],
};

Deno.test("a plan has every cell of the grid once, by names that stay", () => {
  const plan = planCells(GRID);
  assertEquals([plan.length, new Set(plan.map(({ id }) => id)).size], [144, 144]);
  assertEquals(plan.map(cellId), plan.map(({ id }) => id));
  assertEquals(plan[12], {
    method: "fcl",
    mode: "local",
    labelled: 1,
    fold: 0,
    seed: 11,
    id: "fcl/local/n1/fold0/seed11",
    pretraining: "fcl/fold0/seed11",
  });
  // a larger grid keeps the names of the smaller
  const ids = new Set(
    planCells({ ...GRID, folds: 5, seeds: [10, 11, 12], methods: ["moco", ...GRID.methods] })
      .map(({ id }) => id),
  );
  assertEquals(plan.filter(({ id }) => !ids.has(id)), []);
});

Deno.test("all methods of a fold come before the next fold, and cells that share a pre-training follow one another", () => {
  const plan = planCells(GRID);
  const runs = <T>(values: T[]) => values.filter((value, i) => value !== values[i - 1]);
  assertEquals(runs(plan.map(({ seed, fold }) => `${seed}/${fold}`)), ["11/0", "11/1", "12/0", "12/1"]);
  const pretrainings = runs(plan.map(({ pretraining }) => pretraining)).filter((one) => one !== null);
  assertEquals([pretrainings.length, new Set(pretrainings).size], [8, 8]);
  assertEquals(plan.filter(({ method, pretraining }) => (method === "scratch") !== (pretraining === null)), []);
});

Deno.test("a grid that is empty, says a thing twice or has names that are no paths is refused", () => {
  assertThrows(() => planCells({ ...GRID, seeds: [] }), RangeError, "at least one of seeds");
  assertThrows(() => planCells({ ...GRID, labelled: [1, 1] }), RangeError, "each of labelled once, got 1, 1");
  assertThrows(() => planCells({ ...GRID, folds: 0 }), RangeError, "got 0");
  assertThrows(() => planCells({ ...GRID, methods: ["../fcl"] }), RangeError, 'got "../fcl"');
  assertThrows(() => planCells({ ...GRID, labelled: [1.5] }), RangeError, "labelled must be an integer");
});

Deno.test("the time left is told from the finished cells that are most alike", () => {
  const plan = planCells({
    methods: ["scratch", "fcl"],
    modes: ["local", "federated"],
    labelled: [1, 2],
    folds: 2,
    seeds: [1],
  });
  assertEquals([progressOf(plan, new Map()).secondsLeft, progressOf(plan, new Map()).finished], [null, 0]);
  const finished = new Map(
    [["scratch/local/n1/fold0/seed1", 10], ["scratch/local/n2/fold0/seed1", 20], ["fcl/federated/n1/fold0/seed1", 100]]
      .map((
        [cell, seconds],
      ) => [cell as string, { cell: cell as string, seconds: seconds as number, rows: 1, bytes: 0, joules: null }]),
  );
  const { remaining, secondsLeft, finished: done, total } = progressOf(plan, finished);
  assertEquals([remaining.length, done, total], [13, 3, 16]);
  // scratch local fold 1: 10 + 20; fcl local, 4 cells of the local mean 15; all 7 federated ones 100
  assertEquals(secondsLeft, 30 + 4 * 15 + 7 * 100);
  assertEquals(progressOf(plan.slice(0, 1), finished).secondsLeft, 0);
});
