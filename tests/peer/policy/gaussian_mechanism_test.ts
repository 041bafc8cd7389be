import { assert, assertAlmostEquals } from "@std/assert";
import { epsilonOf, noiseDeviation, rhoFor, secureNormals } from "../../../src/peer/policy/gaussian_mechanism.ts";

Deno.test("the figures by hand: epsilon 1 at delta 1e-5 for embeddings of norm 1", () => {
  // ln(1e5) = 11.512925; rho = (√12.512925 − √11.512925)² = (3.537362 − 3.393070)² = 0.020820
  const rho = rhoFor({ epsilon: 1, delta: 1e-5 });
  assertAlmostEquals(rho, 0.02082, 1e-5);
  // sensitivity 2: 2 / √(2·0.020820) = 2 / 0.204059 = 9.8011
  assertAlmostEquals(noiseDeviation(rho, 2), 9.801, 1e-3);
  // four of them: 0.083281 + 2·√(0.083281·11.512925) = 0.083281 + 1.958369
  assertAlmostEquals(epsilonOf(4 * rho, 1e-5), 2.04165, 1e-4);
});

Deno.test("one release spends exactly the epsilon that it was calibrated for, small and large", () => {
  for (const epsilon of [1e-3, 0.1, 1, 8, 1000]) {
    for (const delta of [1e-15, 1e-6, 0.1]) {
      const spent = epsilonOf(rhoFor({ epsilon, delta }), delta);
      assertAlmostEquals(spent / epsilon, 1, 1e-9);
    }
  }
});

Deno.test("the noise is at least what is necessary and, below epsilon 1, close to the classical calibration", () => {
  // Dwork and Roth 2014, theorem A.1: √(2·ln(1.25/δ))·Δ/ε for ε < 1
  const [epsilon, delta] = [0.9, 1e-6];
  const classical = Math.sqrt(2 * Math.log(1.25 / delta)) / epsilon;
  assertAlmostEquals(noiseDeviation(rhoFor({ epsilon, delta }), 1) / classical, 1, 0.03);
});

Deno.test("normal numbers: mean 0, deviation 1, as many as asked for, never the same twice", () => {
  const count = 200_001;
  const normals = secureNormals(count);
  const mean = normals.reduce((sum, value) => sum + value, 0) / count;
  const square = normals.reduce((sum, value) => sum + value ** 2, 0) / count;
  assert(normals.length === count && normals.every(Number.isFinite));
  // ten standard errors: about one run in 1e22 fails
  assertAlmostEquals(mean, 0, 10 / Math.sqrt(count));
  assertAlmostEquals(square, 1, 10 * Math.sqrt(2 / count));
  assert(normals[0] !== secureNormals(1)[0]);
});
