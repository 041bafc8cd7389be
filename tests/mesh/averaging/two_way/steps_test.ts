/** Whom a step waits for, and for how long. */
import { assertEquals } from "@std/assert";
import { Rng } from "../../../../src/core/rng.ts";
import type { Reach } from "../../../../src/mesh/averaging/steps.ts";
import { TwoWaySteps } from "../../../../src/mesh/averaging/two_way/steps.ts";
import { channelPair } from "../../_streams.ts";
import { Side } from "../_side.ts";

const SO_LONG = 600_000;

/** The plan of step 4 with `b`. */
const B = [{ peer: "b", weight: 1 / 2 }];
const plan = { self: 1 / 2, partners: B, receivers: B };

/** A peer that reaches others as `reach` says. */
function stepsOf(reach: Partial<Reach>): TwoWaySteps {
  const all: Reach = {
    rng: new Rng(1),
    present: () => ["b"],
    isLeaving: () => false,
    open: () => Promise.reject(new Error("the line is cut")),
    use: () => Promise.reject(new Error("the line is cut")),
    exchanged: () => {},
    blame: () => {},
    warn: () => {},
    ...reach,
  };
  const steps = new TwoWaySteps({ reach: all, patience: SO_LONG });
  steps.initialise(Float32Array.of(1), { layout: "l", mass: 1, round: 3, matrices: [] });
  return steps;
}

const step = (steps: TwoWaySteps) => steps.step({ step: 4, steps: 9, plan, signal: AbortSignal.timeout(60_000) });

Deno.test("a partner that asked to be waited for, and leaves instead, is waited for no longer", async () => {
  const behind = new Side({ vector: Float32Array.of(5), layout: "l" });
  behind.protocol.beginStep(3, new Map());
  let isThere = true;
  const steps = stepsOf({
    present: () => isThere ? ["b"] : [],
    use: async (_, work) => {
      const { a, b } = await channelPair();
      const [worked] = await Promise.all([work(a), behind.answer(b, "a")]);
      isThere = false;
      return worked;
    },
  });
  assertEquals(await step(steps), { partners: [], skipped: "no member is connected" });
});

Deno.test("a partner whose line is cut after it said goodbye is not waited for", async () => {
  let isLeaving = false;
  const steps = stepsOf({
    present: () => isLeaving ? [] : ["b"],
    isLeaving: () => isLeaving,
    use: () => {
      isLeaving = true;
      return Promise.reject(new Error("the line is cut"));
    },
  });
  assertEquals(await step(steps), { partners: [], skipped: "b: the line is cut" });
});

Deno.test("where others are punctual, one that is a step behind is not waited for as long as the setting allows, and averaged with as it is", async () => {
  const names = ["b", "c", "behind"] as const;
  const sides = Object.fromEntries(
    names.map((name, i) => [name, new Side({ vector: Float32Array.of(i), layout: "l" })]),
  );
  const steps = stepsOf({
    present: () => [...names],
    use: async (peer, work) => {
      const { a, b } = await channelPair();
      const [worked] = await Promise.all([work(a), sides[peer].answer(b, "a")]);
      return worked;
    },
  });
  const meet = (step: number, planned: readonly string[]) => {
    for (const name of names) {
      sides[name].protocol.beginStep(name === "behind" ? step - 1 : step, new Map([["a", 1 / 4]]));
    }
    const partners = planned.map((peer) => ({ peer, weight: 1 / 4 }));
    const plan = { self: 1 - planned.length / 4, partners, receivers: partners };
    return steps.step({ step, steps: 9, plan, signal: AbortSignal.timeout(60_000) });
  };
  for (const step of [1, 2]) assertEquals((await meet(step, ["b", "c"])).partners.toSorted(), ["b", "c"]);
  assertEquals((await meet(3, names)).partners.toSorted(), ["b", "behind", "c"]);
});
