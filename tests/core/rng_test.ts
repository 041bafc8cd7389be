import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { Rng } from "../../src/core/rng.ts";

Deno.test("the same seed gives the same stream, another seed another", () => {
  const draw = (seed: number) => Array.from({ length: 8 }, ((rng) => () => rng.uniform())(new Rng(seed)));
  assertEquals(draw(5), draw(5));
  assertNotEquals(draw(5), draw(6));
});

Deno.test("a fork depends on seed and name, not on what was drawn before", () => {
  const moved = new Rng(3);
  moved.uniform();
  assertEquals(moved.fork("a").uniform(), new Rng(3).fork("a").uniform());
  assertNotEquals(new Rng(3).fork("a").uniform(), new Rng(3).fork("b").uniform());
});

Deno.test("normal numbers have mean 0 and variance 1", () => {
  const rng = new Rng(1);
  const draws = Array.from({ length: 20_000 }, () => rng.normal());
  const mean = draws.reduce((a, b) => a + b) / draws.length;
  const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length;
  assertEquals(Math.abs(mean) < 0.03, true);
  assertEquals(Math.abs(variance - 1) < 0.03, true);
});

Deno.test("a shuffle is a permutation", () => {
  const items = [1, 2, 3, 4, 5, 6, 7, 8];
  assertEquals(new Rng(2).shuffle(items).sort(), items);
});

Deno.test("a seed that is no integer is refused with its value", () => {
  assertThrows(() => new Rng(0.5), RangeError, "0.5");
});
