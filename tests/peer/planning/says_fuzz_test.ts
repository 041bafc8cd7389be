/** Whatever members say: it is refused in a clause, or a plan follows, or one sentence says why none does. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../../../src/core/errors.ts";
import { planOf, readSays } from "../../../src/peer/planning/says.ts";
import { readConsortiumPlan } from "../../../src/planning/consortium_plan.ts";
import { fuzzRuns } from "../../_fuzz.ts";

const number = (min: number, max: number) => fc.oneof(fc.constantFrom(min, max), fc.double({ min, max, noNaN: true }));
const distribution = (min: number, max: number) =>
  fc.array(number(min, max), { minLength: 4, maxLength: 4 }).map((values) => {
    const [least, lower, upper, most] = values.sort((a, b) => a - b);
    return { least, lower, upper, most };
  });
const distributions = (min: number, max: number) => fc.tuple(...[0, 1, 2].map(() => distribution(min, max)));
const cases = fc.oneof(fc.constantFrom(1, 100_000), fc.integer({ min: 1, max: 100 }));
const extents = fc.record({ cases, extent: distributions(0.01, 10_000) });
const seconds = fc.oneof(fc.constant(0), number(0, 1e7), number(0.001, 1));
/** All that a member may say in the form of a fingerprint. */
const fingerprint = fc.record({
  volumes: cases,
  size: distributions(1, 10_000),
  spacing: distributions(1e-3, 1e3),
  extent: distributions(0.01, 10_000),
  structures: fc.dictionary(fc.constantFrom("heart", "liver", "toString"), extents, { maxKeys: 3 }),
  speed: fc.record({
    ...{ work: number(1, 1e15), pretrainStep: seconds, round: seconds, fineTuneStep: seconds, plainStep: seconds },
    ...{ tests: seconds, beside: seconds, memory: number(1, 1e15) },
  }, { requiredKeys: ["work", "pretrainStep", "round", "fineTuneStep", "tests", "beside", "memory"] }),
}, { requiredKeys: ["volumes", "size", "spacing", "extent"] });

Deno.test("fuzz: from any fingerprints in order follows a plan that others read, or one sentence that says why none does", () => {
  const minutes = fc.constantFrom(undefined, 0.1, 1, 60, 100_000);
  fc.assert(
    fc.property(fc.array(fingerprint, { minLength: 1, maxLength: 3 }), minutes, (fingerprints, minutes) => {
      const said = fingerprints.map((fingerprint) => readSays(JSON.parse(JSON.stringify({ fingerprint }))));
      try {
        const plan = planOf(said, { patches: 16, minutes });
        assertEquals(readConsortiumPlan(JSON.parse(JSON.stringify(plan))), plan);
        assert(plan.patch.every((voxels, axis) => voxels % plan.pool.reduce((all, one) => all * one[axis], 1) === 0));
        assertEquals(planOf([...said].reverse(), { patches: 16, minutes }), plan);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }),
    fuzzRuns(150),
  );
});

Deno.test("fuzz: what is no fingerprint, refusal or plan is refused with a clause", () => {
  const kinds = fc.constantFrom("fingerprint", "plan", "refused", "__proto__", "more");
  const values = fc.oneof(fc.jsonValue(), fc.dictionary(kinds, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 }));
  fc.assert(
    fc.property(values, (value) => {
      if (JSON.stringify(value) === '{"refused":true}') return;
      const { message } = assertThrows(() => readSays(value), RangeError);
      assert(message.length > 0 && message.length < 1_000, message);
    }),
    fuzzRuns(300),
  );
});
