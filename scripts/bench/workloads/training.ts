/**
 * A whole step of supervised training, as `fineTune` makes it of a batch that is there: the loss and its gradients,
 * whether they are finite, AdamW. On a card losses are read as rarely as in a training of quick steps.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../src/core/rng.ts";
import { AdamW } from "../../../src/engine/optimiser.ts";
import { StepGate } from "../../../src/engine/steps/step_gate.ts";
import { variableGradients } from "../../../src/model/gradients.ts";
import { UNet } from "../../../src/model/unet.ts";
import { diceCrossEntropy } from "../../../src/segmentation/losses.ts";
import type { TrainingCase } from "../cases.ts";
import type { Workload } from "./workload.ts";

/** Gradients are scaled down to this norm, as in fine-tuning. */
const CLIP_NORM = 12;

/** Steps between two readings, as in a training whose steps are quick. */
const STEPS_A_READING = 16;

/** A training step and the network that it moves. */
export interface TrainingWorkload extends Workload {
  readonly unet: UNet;
  /** One step, after which its loss is read. */
  step(): Promise<number>;
}

/** Makes the case ready. */
export function training({ network, batch, extent }: Omit<TrainingCase, "kind" | "metric">): TrainingWorkload {
  const unet = new UNet(network, new Rng(1));
  const optimiser = new AdamW(unet.variables, { learningRate: 1e-3 });
  const gate = new StepGate({ clipNorm: CLIP_NORM, every: STEPS_A_READING });
  const rng = new Rng(2);
  const image = Float32Array.from({ length: batch * extent ** 3 }, () => rng.normal());
  const labels = Uint8Array.from(image, () => rng.int(network.classes));

  async function move(): Promise<void> {
    const x = tf.tensor5d(image, [batch, extent, extent, extent, 1]);
    const { value, gradients } = variableGradients(() => {
      const logits = unet.forward(x); // [batch, extent, extent, extent, classes]
      return tf.tidy("loss", () => diceCrossEntropy(logits, labels));
    }, unet.variables);
    x.dispose();
    const verdict = await gate.judge(value, gradients);
    tf.tidy("AdamW", () => optimiser.apply(gradients, { verdict }));
    tf.dispose([value, ...gradients.values()]);
  }

  return {
    unet,
    async step() {
      await move();
      return (await gate.settle()).at(-1)!.loss;
    },
    async run() {
      await move();
      if (gate.isDue) await gate.settle();
    },
    settle: async () => void await unet.variables.get("decoder/logits/bias")!.data(), // the last that moves
    dispose() {
      gate.dispose();
      optimiser.dispose();
      unet.dispose();
    },
  };
}
