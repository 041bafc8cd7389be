import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../src/core/errors.ts";
import { fuzzCases, fuzzRuns } from "./_fuzz.ts";

function withEnvironment(values: Record<string, string>, test: () => void): void {
  const names = ["SYNCYTIUM_FUZZ_CASES", "SYNCYTIUM_FUZZ_SEED"];
  const before = names.map((name) => Deno.env.get(name));
  names.forEach((name) => Deno.env.delete(name));
  Object.entries(values).forEach(([name, value]) => Deno.env.set(name, value));
  try {
    test();
  } finally {
    names.forEach((name, i) => before[i] === undefined ? Deno.env.delete(name) : Deno.env.set(name, before[i]));
  }
}

Deno.test("without the environment, a fuzz suite runs its own number of cases from seed 1", () =>
  withEnvironment({}, () => assertEquals(fuzzRuns(500), { numRuns: 500, seed: 1 })));

Deno.test("SYNCYTIUM_FUZZ_CASES sets the number of cases and leaves the seed to fast-check", () =>
  withEnvironment({ SYNCYTIUM_FUZZ_CASES: "100000" }, () => {
    assertEquals(fuzzCases(500), 100_000);
    assertEquals(fuzzRuns(500), { numRuns: 100_000 });
  }));

Deno.test("SYNCYTIUM_FUZZ_SEED repeats a run", () =>
  withEnvironment({ SYNCYTIUM_FUZZ_CASES: "7", SYNCYTIUM_FUZZ_SEED: "-3" }, () => {
    assertEquals(fuzzRuns(500), { numRuns: 7, seed: -3 });
  }));

for (const value of ["", "many", "0", "1.5", "1e5", "99999999"]) {
  Deno.test(`SYNCYTIUM_FUZZ_CASES="${value}" is refused with the rule`, () =>
    withEnvironment({ SYNCYTIUM_FUZZ_CASES: value }, () => {
      assertThrows(() => fuzzCases(500), UserError, "it must be an integer from 1 to 10000000");
    }));
}
