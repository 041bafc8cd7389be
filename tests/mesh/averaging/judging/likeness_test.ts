/** Which vectors may be of the same training. */
import { assertEquals, assertMatch } from "@std/assert";
import { Rng } from "../../../../src/core/rng.ts";
import { likenessOf, whyUnlike } from "../../../../src/mesh/averaging/judging/likeness.ts";

const rng = new Rng(3);
const own = Float32Array.from({ length: 2000 }, () => rng.normal());
const why = (other: Float32Array, options?: { typical?: number; exact?: boolean }) =>
  whyUnlike(likenessOf(own, other), options);
/** `own` and a random part of `share` of its norm. */
const shifted = (share: number) => own.map((value) => value + share * rng.normal());

Deno.test("norms and the distance of two vectors", () => {
  assertEquals(likenessOf(Float32Array.of(3, 4), Float32Array.of(0, 0)), { own: 5, other: 0, distance: 5 });
  assertEquals(likenessOf(Float32Array.of(1, 0), Float32Array.of(1, 2)).distance, 2);
});

Deno.test("what has another norm, another sign or nothing in common is unlike, with the figures", () => {
  for (const factor of [1e28, -1e28, 5, 0.2, 0]) {
    assertMatch(why(own.map((value) => factor * value))!, /their norm must be within 4 times one's own 4\d\.\d, got /);
  }
  assertMatch(why(own.map((value) => -value))!, /they must be within 4\d\.\d of one's own, the larger norm, got 8\d/);
  assertMatch(why(Float32Array.from(own, () => rng.normal()))!, /the larger norm/);
});

Deno.test("with nobody to tell by, one that has gone far in the same direction is like", () => {
  for (const share of [0, 0.01, 0.5, 0.9]) assertEquals(why(shifted(share)), undefined);
  assertEquals(why(own.map((value) => 3 * value)), undefined);
});

Deno.test("ten times as far as is typical is the limit, and no less than a twentieth of the norm", () => {
  const norm = Math.sqrt(2000);
  assertEquals(why(shifted(0.09), { typical: 0.01 * norm }), undefined);
  assertMatch(why(shifted(0.12), { typical: 0.01 * norm })!, /10 times what members are apart, got 5/);
  assertEquals(why(shifted(0.04), { typical: 0 }), undefined);
  assertMatch(why(shifted(0.06), { typical: 0 })!, /0\.05 of the norm/);
});

Deno.test("what an encoding of four bits loses is not far, nor what may be one round of another", () => {
  assertEquals(why(shifted(0.15), { typical: 0, exact: false }), undefined);
  assertMatch(why(shifted(0.4), { typical: 0, exact: false })!, /0\.3 of the norm/);
});
