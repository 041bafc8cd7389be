import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Curve } from "../../../src/live/state/curve.ts";

Deno.test("a short curve is kept as it is, and what is not finite leaves a gap", () => {
  const curve = new Curve();
  [3, NaN, null, undefined, 5].forEach((y, i) => curve.add(i + 1, y));
  assertEquals(curve.points(), [[1, 3], [2, null], [3, null], [4, null], [5, 5]]);
});

Deno.test("a curve of any length has a fixed number of points, which are means and reach its end", () => {
  const curve = new Curve({ most: 16 });
  for (let step = 1; step <= 100_000; step++) {
    curve.add(step, step);
    assert(curve.points().length <= 16);
  }
  const points = curve.points();
  assert(points.length >= 8);
  assertEquals(points.at(-1)![0], 100_000);
  let before = 0;
  for (const [x, y] of points) {
    assertAlmostEquals(y!, (before + 1 + x) / 2);
    before = x;
  }
});

Deno.test("a gap does not pull the mean of its neighbours", () => {
  const curve = new Curve({ most: 2 });
  [4, NaN, 8, 8].forEach((y, i) => curve.add(i + 1, y));
  assertEquals(curve.points(), [[2, 4], [4, 8]]);
});

Deno.test("work that is done again takes the place of what it repeats", () => {
  const curve = new Curve();
  [1, 2, 3, 4].forEach((y, i) => curve.add(i + 1, y));
  curve.add(3, 30);
  assertEquals(curve.points(), [[1, 1], [2, 2], [3, 30]]);
});
