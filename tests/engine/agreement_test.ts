/** Peers on different engines train one model: a training step from the same state must give all of them the same. */
import { assert } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../src/core/rng.ts";
import type { NamedVector } from "../../src/core/vectors.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { AdamW, globalNorm } from "../../src/engine/optimiser.ts";
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
  levels: 2,
  norm: "instance",
  pool: [[2, 2, 2]],
});

const LEARNING_RATE = 1e-3;

/**
 * What may differ: float32 sums come in another order, and where rounding moves a maximum or the side of a leaky ReLU,
 * gradients, which are small differences of large sums, differ by a voxel's part. The loss as a share of itself; a
 * gradient as a share of its tensor's largest magnitude; weights as a share of the learning rate, the farthest that a
 * step of Adam goes.
 */
const TOLERANCE = { loss: 1e-5, gradients: 1e-2, weights: 1e-2 };

/**
 * Where activations are stored in 16 bits, each rounded to a share of 2^-11: more of them change sides. An image that is
 * changed by as much, and nothing else, moves these gradients by up to 0.1 in float32.
 */
const TOLERANCE_OF_HALVES = { loss: 1e-3, gradients: 0.2, weights: 0.2 };

interface Step {
  loss: number;
  gradients: NamedVector[];
  weights: NamedVector[];
}

/** One step of fine-tuning on the current engine. */
async function trainOneStep(): Promise<Step> {
  const unet = new UNet(config, new Rng(1));
  // with the usual epsilon, Adam's first step is the rate times the gradient's sign, and a sign may hang on rounding
  const optimiser = new AdamW(unet.variables, { learningRate: LEARNING_RATE, epsilon: 1e-2 });
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
  optimiser.apply(named, { scale: Math.min(1, 1 / await globalNorm(named)) });
  const step = { loss: (await value.data())[0], gradients, weights: await readWeights(unet.variables) };
  optimiser.dispose();
  unet.dispose();
  tf.dispose([value, grads]);
  return step;
}

/** The largest magnitude, and the largest difference. */
function compare(actual: NamedVector, expected: NamedVector): { scale: number; difference: number } {
  let [scale, difference] = [0, 0];
  expected.data.forEach((value, i) => {
    scale = Math.max(scale, Math.abs(value));
    difference = Math.max(difference, Math.abs(actual.data[i] - value));
  });
  return { scale, difference };
}

let reference: Promise<Step> | undefined;

async function referenceStep(): Promise<Step> {
  await startEngine({ engine: "cpu" });
  return await trainOneStep();
}

for (const { name, missing, rounding = 0, start } of variants) {
  const tolerance = rounding > 0 ? TOLERANCE_OF_HALVES : TOLERANCE;
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
      assert(difference <= tolerance.loss, `the loss is ${actual.loss}, must be ${expected.loss}`);
      for (const kind of ["gradients", "weights"] as const) {
        actual[kind].forEach((vector, i) => {
          const { scale, difference } = compare(vector, expected[kind][i]);
          const share = difference / (kind === "gradients" ? scale : LEARNING_RATE);
          assert(share <= tolerance[kind], `${kind} of ${vector.name} are ${share} apart`);
        });
      }
    },
  });
}
