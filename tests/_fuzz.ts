/**
 * How many cases the fuzz suites (`*_fuzz_test.ts`) run, and from which seed: few and always the same in the normal
 * suite, many and new ones in `deno task nightly`.
 *
 * `SYNCYTIUM_FUZZ_CASES=N` sets the cases of every property, `SYNCYTIUM_FUZZ_SEED=N` repeats a run: fast-check prints
 * its seed with every failure.
 *
 * @example
 * ```ts
 * import fc from "fast-check";
 * import { fuzzRuns } from "./_fuzz.ts";
 *
 * fc.assert(fc.property(fc.uint8Array(), (bytes) => bytes.slice().length === bytes.length), fuzzRuns(500));
 * ```
 *
 * @module
 */
import { UserError } from "../src/core/errors.ts";

/** Cases of every property, where the environment decides. */
const CASES = "SYNCYTIUM_FUZZ_CASES";
const SEED = "SYNCYTIUM_FUZZ_SEED";

/** Where the variables are read: tests of this file give their own, since files that run side by side share one. */
type Environment = Pick<Deno.Env, "get">;

/** An integer that the environment may say. @throws {UserError} if it is none, or out of range. */
export function fromEnvironment(
  name: string,
  { min, max, environment }: { min: number; max: number; environment: Environment },
): number | undefined {
  const text = environment.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^-?\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UserError(`reading the environment: it must be an integer from ${min} to ${max}`, {
    where: name,
    value: text,
  });
}

/**
 * Cases for one property: `byDefault`, or what SYNCYTIUM_FUZZ_CASES says.
 *
 * @throws {UserError} if that is no integer from 1 to 10,000,000.
 */
export function fuzzCases(byDefault: number, environment: Environment = Deno.env): number {
  return fromEnvironment(CASES, { min: 1, max: 10_000_000, environment }) ?? byDefault;
}

/**
 * Parameters for `fc.assert`: the cases of {@linkcode fuzzCases}; seed 1, or fast-check's choice where
 * SYNCYTIUM_FUZZ_CASES is set, or what SYNCYTIUM_FUZZ_SEED says.
 *
 * @throws {UserError} if either variable is malformed.
 */
export function fuzzRuns(
  byDefault: number,
  environment: Environment = Deno.env,
): { numRuns: number; seed?: number } {
  const numRuns = fuzzCases(byDefault, environment);
  const seed = fromEnvironment(SEED, { min: -(2 ** 31), max: 2 ** 31 - 1, environment });
  if (seed !== undefined) return { numRuns, seed };
  return environment.get(CASES) !== undefined ? { numRuns } : { numRuns, seed: 1 };
}
