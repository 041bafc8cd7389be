/** What passes between the command and its groups' processes. */
import { assertEquals } from "@std/assert";
import { groupsOf, readEvent, writeEvent } from "../../scripts/evaluate/_group.ts";
import { planCells } from "../../src/evaluation/plan/cells.ts";
import type { GroupEvent } from "../../src/evaluation/running/group.ts";

const cells = planCells({
  methods: ["scratch", "fcl"],
  modes: ["local", "federated"],
  labelled: [1, 2],
  folds: 2,
  seeds: [11, 12],
});

Deno.test("events are one line of JSON each and come back as they were, figures that JSON has no word for, too", () => {
  const [cell] = cells, place = { site: "1", case: "a\nb" };
  const rows = [
    { ...cell, ...place, class: "NaN", measures: { dice: 0.1 + 0.2, hd95: Infinity, assd: 12.3456789012345 } },
    { ...cell, ...place, class: "number", measures: { dice: null, hd95: null, assd: null } },
  ];
  const events: GroupEvent[] = [
    { kind: "pre-training", round: 1, rounds: 2, loss: NaN },
    { kind: "pre-training", round: 2, rounds: 2, loss: 1e-7 },
    { kind: "fine-tuning", cell: cell.id, done: 1, of: 2 },
    { kind: "cell", cell, rows, curve: [], cost: { seconds: 1.5, bytes: 3, joules: null } },
  ];
  for (const event of events) {
    const line = writeEvent(event);
    assertEquals(line.includes("\n"), false);
    assertEquals(readEvent(line), event);
  }
});

Deno.test("methods that share a pre-training are one group", () => {
  const grid = {
    methods: ["fcl", "slower", "scratch"],
    modes: ["local"],
    labelled: [1],
    folds: 1,
    seeds: [11],
  } as const;
  const plan = planCells({ ...grid, pretrainedAs: (method) => method === "scratch" ? null : "fcl" });
  assertEquals(groupsOf(plan).map((group) => group.map(({ method }) => method)), [["fcl", "slower"], ["scratch"]]);
});

Deno.test("a group is the cells of one method, fold and seed, in the plan's order", () => {
  const groups = groupsOf(cells);
  assertEquals(groups.length, 8);
  assertEquals(groups.flat(), [...cells]);
  for (const group of groups) {
    assertEquals(group.map(({ mode, labelled }) => `${mode} ${labelled}`), [
      "local 1",
      "local 2",
      "federated 1",
      "federated 2",
    ]);
    assertEquals(new Set(group.map(({ pretraining }) => pretraining)).size, 1);
  }
});
