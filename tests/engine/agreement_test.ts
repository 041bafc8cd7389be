/** Peers on different engines train one model: a training step from the same state must give all of them the same. */
import { assert } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../src/core/rng.ts";
import type { NamedVector } from "../../src/core/vectors.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { AdamW, globalNorm } from "../../src/engine/optimizer.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { UNet } from "../../src/model/unet.ts";
import { readWeights } from "../../src/model/weights.ts";
import { diceCrossEntropy } from "../../src/segmentation/losses.ts";
import { variants } from "./_contract.ts";
import { noise } from "./_reference.ts";

const PATCH = 16;
const config = parseUNetConfig({
  classes: 3,
  baseFilters: 8,
  levels: 3,
  norm: "instance",
  pool: [[2, 2, 2], [2, 2, 2]],
});

/**
 * What may differ, as a share of the largest magnitude in each tensor: float32 sums in another order, and for gradients,
 * which are small differences of large sums, voxels for which rounding moves a maximum or the side of a leaky ReLU.
 */
const TOLERANCE = { loss: 1e-5, gradient: 1e-2, weights: 1e-4 };

interface Step {
  loss: number;
  gradients: NamedVector[];
  weights: NamedVector[];
}

/** One step of fine-tuning on the current engine. */
async function trainOneStep(): Promise<Step> {
  const unet = new UNet(config, new Rng(1));
  // with the usual epsilon, Adam's first step is the rate times the gradient's sign, and a sign may hang on rounding
  const optimizer = new AdamW(unet.variables, { learningRate: 1e-3, epsilon: 1e-2 });
  const voxels = 2 * PATCH ** 3;
  const image = Float32Array.from(noise([voxels], 5).data);
  const label = Uint8Array.from(image, (value) => value < -0.3 ? 0 : value < 0.3 ? 1 : 2);
  const variables = [...unet.variables.values()];
  const { value, grads } = tf.tidy(() => {
    const x = tf.tensor5d(image, [2, PATCH, PATCH, PATCH, 1]);
    return tf.variableGrads(() => diceCrossEntropy(unet.forward(x), label), variables);
  });
  const named = new Map([...unet.variables].map(([name, variable]) => [name, grads[variable.name]]));
  const gradients: NamedVector[] = [];
  for (const [name, gradient] of named) {
    gradients.push({ name, shape: [...gradient.shape], data: new Float32Array(await gradient.data<"float32">()) });
  }
  optimizer.apply(named, { scale: Math.min(1, 1 / await globalNorm(named)) });
  const step = { loss: (await value.data())[0], gradients, weights: await readWeights(unet.variables) };
  optimizer.dispose();
  unet.dispose();
  tf.dispose([value, grads]);
  return step;
}

/** The largest difference as a share of the largest magnitude. */
function distance(actual: NamedVector, expected: NamedVector): number {
  let [largest, scale] = [0, 0];
  expected.data.forEach((value, i) => {
    scale = Math.max(scale, Math.abs(value));
    largest = Math.max(largest, Math.abs(actual.data[i] - value));
  });
  return largest / scale;
}

let reference: Promise<Step> | undefined;

async function referenceStep(): Promise<Step> {
  await startEngine({ engine: "cpu" });
  return await trainOneStep();
}

for (const { name, missing, start } of variants) {
  Deno.test({
    name: `${name}: a training step from the same state gives what the reference gives${
      missing ? ` (skipped: ${missing})` : ""
    }`,
    ignore: missing !== undefined,
    async fn() {
      const expected = await (reference ??= referenceStep());
      await start();
      const actual = await trainOneStep();
      const difference = Math.abs(actual.loss - expected.loss) / expected.loss;
      assert(difference <= TOLERANCE.loss, `the loss is ${actual.loss}, must be ${expected.loss}`);
      for (const kind of ["gradients", "weights"] as const) {
        const tolerance = kind === "gradients" ? TOLERANCE.gradient : TOLERANCE.weights;
        actual[kind].forEach((vector, i) => {
          const apart = distance(vector, expected[kind][i]);
          assert(apart <= tolerance, `${kind} of ${vector.name}: ${apart} of the largest magnitude apart`);
        });
      }
    },
  });
}
