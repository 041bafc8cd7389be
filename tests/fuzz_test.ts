import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../src/core/errors.ts";
import { fuzzCases, fuzzRuns } from "./_fuzz.ts";

const environment = (values: Record<string, string>) => new Map(Object.entries(values));

Deno.test("without the environment, a fuzz suite runs its own number of cases from seed 1", () => {
  assertEquals(fuzzRuns(500, environment({})), { numRuns: 500, seed: 1 });
});

Deno.test("SYNCYTIUM_FUZZ_CASES sets the number of cases and leaves the seed to fast-check", () => {
  const many = environment({ SYNCYTIUM_FUZZ_CASES: "100000" });
  assertEquals(fuzzCases(500, many), 100_000);
  assertEquals(fuzzRuns(500, many), { numRuns: 100_000 });
});

Deno.test("SYNCYTIUM_FUZZ_SEED repeats a run", () => {
  const repeated = environment({ SYNCYTIUM_FUZZ_CASES: "7", SYNCYTIUM_FUZZ_SEED: "-3" });
  assertEquals(fuzzRuns(500, repeated), { numRuns: 7, seed: -3 });
});

for (const value of ["", "many", "0", "1.5", "1e5", "99999999"]) {
  Deno.test(`SYNCYTIUM_FUZZ_CASES="${value}" is refused with the rule`, () => {
    const wrong = environment({ SYNCYTIUM_FUZZ_CASES: value });
    assertThrows(() => fuzzCases(500, wrong), UserError, "it must be an integer from 1 to 10000000");
  });
}
