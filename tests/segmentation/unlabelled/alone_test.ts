/** A site without labels, which learns only what its teacher says. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { flatten } from "../../../src/core/vectors.ts";
import { startEngine } from "../../../src/engine/engine.ts";
import { parseUNetConfig } from "../../../src/model/config.ts";
import { openFineTuning } from "../../../src/segmentation/site_fine_tuning.ts";
import type { Teaching } from "../../../src/segmentation/unlabelled/teaching.ts";
import { ballCase } from "../_balls.ts";

const network = parseUNetConfig({ classes: 3, baseFilters: 2, levels: 2, norm: "instance", pool: [[2, 2, 2]] });
const TEACHING: Teaching = {
  ...{ variant: "mean-teacher", weight: 1, ramp: 0, threshold: 0, batch: 1, largest: false },
};

/** By how much a step changes the weights, at most. */
async function moved(changes: Partial<Teaching>): Promise<number> {
  await startEngine({ engine: "cpu" });
  const { tuner, dispose } = openFineTuning({
    ...{ network, cases: [], unlabelled: [ballCase("a")], patch: [8, 8, 8], seed: 1, site: "north" },
    settings: { steps: 2, learningRate: 0.01, unlabelled: { ...TEACHING, ...changes } },
  });
  try {
    const before = flatten(await tuner.weights());
    await Array.fromAsync(tuner.round({ steps: 1 }));
    return flatten(await tuner.weights()).reduce((most, value, i) => Math.max(most, Math.abs(value - before[i])), 0);
  } finally {
    await dispose();
  }
}

Deno.test("it moves by as much as the teacher's lesson counts, and not at all where the teacher is sure of nothing", async () => {
  const whole = await moved({});
  assert(whole > 0.005 && whole < 0.02, `${whole}`); // Adam's first step is about the rate
  assertAlmostEquals(await moved({ ramp: 1 }) / whole, Math.exp(-5), 1e-3);
  assertAlmostEquals(await moved({ weight: 0.5 }) / whole, 0.5, 1e-2);
  assertEquals(await moved({ threshold: 1 }), 0);
});
