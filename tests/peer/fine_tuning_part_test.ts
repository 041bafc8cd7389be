/** Who takes part in fine-tuning how, and what it counts for. */
import { assertEquals } from "@std/assert";
import { fineTuningMass, fineTuningPart, joinsAfter } from "../../src/peer/fine_tuning_part.ts";
import type { FineTuneSettings } from "../../src/settings/types.ts";

const unlabelled = { variant: "mean-teacher" } as FineTuneSettings["unlabelled"];

Deno.test("a site without labels learns of the others only where all that it needs is there", () => {
  const together = { mode: "federated", unlabelled } as const;
  const facts = { cases: { training: 4, labelled: 0 }, structures: 3 };
  assertEquals(fineTuningPart(together, facts), "others");
  assertEquals(fineTuningPart(together, { ...facts, structures: 0 }), "none");
  assertEquals(fineTuningPart(together, { ...facts, cases: { training: 0, labelled: 0 } }), "none");
  assertEquals(fineTuningPart({ ...together, mode: "local" }, facts), "none");
  assertEquals(fineTuningPart({ ...together, unlabelled: null }, facts), "none");
  assertEquals(fineTuningPart({ mode: "federated", unlabelled: null }, facts), "none");
  const labelled = { ...facts, cases: { training: 4, labelled: 1 } };
  assertEquals(fineTuningPart(together, labelled), "labels");
  assertEquals(fineTuningPart({ mode: "local", unlabelled: null }, labelled), "labels");
});

Deno.test("labelled cases count whole, other volumes by a share, and by nothing where they are not learnt from", () => {
  const cases = { training: 21, labelled: 1 };
  assertEquals(fineTuningMass(cases, { unlabelled: null }), 1);
  assertEquals(fineTuningMass(cases, { unlabelled: { mass: 0.5 } }), 11);
  assertEquals(fineTuningMass({ training: 20, labelled: 0 }, { unlabelled: { mass: 0.5 } }), 10);
});

Deno.test("those without labels join after one round at least, and after the last at most", () => {
  assertEquals([0, 0.04, 0.3, 1].map((joinAfter) => joinsAfter({ unlabelled: { joinAfter }, rounds: 10 })), [
    1,
    1,
    3,
    10,
  ]);
  assertEquals(joinsAfter({ unlabelled: { joinAfter: 0.3 }, rounds: 1 }), 1);
});
