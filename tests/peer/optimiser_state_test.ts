/** Optimisers that come from another site: what is malformed is refused before it changes anything. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../../src/core/errors.ts";
import type { NamedVector } from "../../src/core/vectors.ts";
import { encodeSafetensors } from "../../src/model/safetensors.ts";
import { decodeOptimiser, encodeOptimiser, innerOptimiser } from "../../src/peer/_optimiser_state.ts";

const VALUES = 6;
const vector = (name: string, ...data: number[]): NamedVector => ({
  name,
  shape: [data.length],
  data: Float32Array.from(data),
});
const inner = () => [vector("adam/steps", 7), vector("adam/first/w", -1, 2), vector("adam/second/w", 1, 4)];
const momentum = Float32Array.of(1, 2, 3, 4, 5, 6);

Deno.test("a state comes back as it was, with and without an outer momentum", () => {
  for (const state of [{ inner: inner(), momentum }, { inner: inner() }]) {
    assertEquals(decodeOptimiser(encodeOptimiser(state), VALUES), state);
  }
});

Deno.test("a site's own features, which lie beside the optimiser, are not given away", () => {
  assertEquals(innerOptimiser([...inner(), vector("tap0/bank/features", 1)]), inner());
});

for (
  const [what, bytes, rule] of [
    ["too many bytes", new Uint8Array(12 * VALUES + 2 ** 20 + 1), "at most"],
    ["no safetensors", new Uint8Array(100), "reading safetensors"],
    ["a value that is not finite", encodeOptimiser({ inner: [vector("adam/first/w", NaN)] }), "finite"],
    ["a mean of squares below 0", encodeOptimiser({ inner: [vector("adam/second/w", 1, -1e-9)] }), "below 0"],
    [
      "more steps than float32 counts",
      encodeOptimiser({ inner: [vector("adam/steps", 1e30)] }),
      "at most 16777216 steps",
    ],
    ["a momentum of another length", encodeOptimiser({ inner: [], momentum: Float32Array.of(1) }), "6 values"],
    ["weights", encodeSafetensors([...inner(), vector("encoder0/w", 1)]), "nothing but an optimiser's state"],
  ] as const
) {
  Deno.test(`an optimiser with ${what} is refused`, () => {
    assertThrows(() => decodeOptimiser(bytes, VALUES), UserError, rule);
  });
}

Deno.test("mutated and truncated states are refused or harmless, never a crash", () => {
  const whole = encodeOptimiser({ inner: inner(), momentum });
  const position = fc.nat(whole.length - 1);
  fc.assert(
    fc.property(fc.array(fc.tuple(position, fc.nat(255)), { minLength: 1, maxLength: 4 }), position, (changes, cut) => {
      const bytes = whole.slice(0, cut % 3 === 0 ? cut : undefined);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      try {
        const { inner, momentum } = decodeOptimiser(bytes, VALUES);
        for (const { name, data } of inner) {
          assert(name.startsWith("adam/") && data.every(Number.isFinite));
          if (name.startsWith("adam/second/")) assert(data.every((value) => value >= 0));
        }
        assert(momentum === undefined || (momentum.length === VALUES && momentum.every(Number.isFinite)));
      } catch (error) {
        assert(error instanceof UserError, `${error}`);
      }
    }),
    { numRuns: 3000, seed: 4 },
  );
});
