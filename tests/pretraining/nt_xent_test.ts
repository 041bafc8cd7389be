import { assertAlmostEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { ntXent } from "../../src/pretraining/nt_xent.ts";
import { Rng } from "../../src/core/rng.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { dot, gradientAgrees, unitRows } from "./_references.ts";

/** Equation 1 and the sum of algorithm 1 of arXiv 2002.05709, in float64. */
function literalNtXent(z: number[][], temperature: number): number {
  const patches = z.length / 2;
  const l = (i: number, j: number) => {
    let denominator = 0;
    for (let k = 0; k < 2 * patches; k++) if (k !== i) denominator += Math.exp(dot(z[i], z[k]) / temperature);
    return -Math.log(Math.exp(dot(z[i], z[j]) / temperature) / denominator);
  };
  let total = 0;
  for (let k = 0; k < patches; k++) total += l(k, k + patches) + l(k + patches, k);
  return total / (2 * patches);
}

for (const engine of ["cpu", "wasm"] as const) {
  Deno.test(`NT-Xent of two patches whose views agree and which are orthogonal is log(1 + 2 / e) (${engine})`, async () => {
    await startEngine({ engine });
    const z = tf.tensor2d([[1, 0], [0, 1], [1, 0], [0, 1]]); // both first views, both second ones
    // each row: exp(1) for its other view, exp(0) for both views of the other patch
    assertAlmostEquals(ntXent(z, 1).dataSync()[0], Math.log(1 + 2 / Math.E), 1e-6);
    assertAlmostEquals(ntXent(z, 1).dataSync()[0], 0.551445, 1e-5);
  });

  Deno.test(`NT-Xent is the paper's, and so is its gradient (${engine})`, async () => {
    await startEngine({ engine });
    const z = unitRows(6, 5, new Rng(1));
    assertAlmostEquals(ntXent(tf.tensor2d(z), 0.2).dataSync()[0], literalNtXent(z, 0.2), 1e-5);
    gradientAgrees(z, (x) => ntXent(x, 0.2), (x) => literalNtXent(x, 0.2));
  });
}
