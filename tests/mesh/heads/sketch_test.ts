import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { Rng } from "../../../src/core/rng.ts";
import { consensusDistance, sketch, SKETCH_SIZE, sketchSeed } from "../../../src/mesh/heads/sketch.ts";

function normals(length: number, rng: Rng): Float32Array {
  return Float32Array.from({ length }, () => rng.normal());
}

const norm = (vector: Float32Array) => Math.hypot(...vector);

Deno.test("a sketch is linear and depends on the seed", () => {
  const rng = new Rng(1);
  const [x, y] = [normals(5000, rng), normals(5000, rng)];
  const sum = sketch(x.map((value, i) => value + 2 * y[i]), 7);
  const [ofX, ofY] = [sketch(x, 7), sketch(y, 7)];
  for (let k = 0; k < SKETCH_SIZE; k++) assertAlmostEquals(sum[k], ofX[k] + 2 * ofY[k], 1e-3);
  assertNotEquals([...sketch(x, 8)], [...ofX]);
  assertEquals(sketchSeed("layout"), sketchSeed("layout"));
  assertNotEquals(sketchSeed("layout"), sketchSeed("layouts"));
});

Deno.test("the squared norm of a sketch is unbiased, with the spread that its docstring states", () => {
  const rng = new Rng(2);
  const x = normals(4000, rng);
  const truth = norm(x) ** 2;
  const errors = Array.from({ length: 300 }, (_, seed) => norm(sketch(x, seed * 7919)) ** 2 / truth - 1);
  const mean = errors.reduce((sum, e) => sum + e) / errors.length;
  const deviation = Math.sqrt(errors.reduce((sum, e) => sum + (e - mean) ** 2, 0) / errors.length);
  assert(Math.abs(mean) < 3 * 0.09 / Math.sqrt(300), `bias ${mean}`);
  assert(deviation < 0.1, `deviation ${deviation}`);
});

Deno.test("the distance from sketches is close to the distance of the vectors, also of a structured one", () => {
  const rng = new Rng(3);
  const length = 50_000;
  const centre = Float32Array.from({ length }, (_, i) => Math.sin(i / 100));
  const peers = Array.from({ length: 8 }, () => centre.map((value) => value + 0.05 * rng.normal()));
  const mean = centre.map((_, i) => peers.reduce((sum, x) => sum + x[i] / 8, 0));
  const spread = peers.reduce((sum, x) => sum + x.reduce((s, v, i) => s + (v - mean[i]) ** 2, 0) / 8, 0);
  const truth = Math.sqrt(spread) / Math.sqrt(mean.reduce((s, v) => s + v * v, 0));
  const estimate = consensusDistance(peers.map((x) => sketch(x, 5)));
  assert(Math.abs(estimate / truth - 1) < 0.15, `${estimate} for ${truth}`);
});

Deno.test("agreement is a distance of 0, and nothing to compare is NaN", () => {
  const same = sketch(Float32Array.of(1, 2, 3), 1);
  assertEquals(consensusDistance([same, same, same]), 0);
  assertEquals(consensusDistance([]), NaN);
  assertEquals(consensusDistance([new Float32Array(SKETCH_SIZE)]), NaN);
});
