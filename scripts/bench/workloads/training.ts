/**
 * A whole step of supervised training, as `fineTune` makes it of a batch that is there: the loss and its gradients, the
 * gradients' norm, AdamW.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../src/core/rng.ts";
import { AdamW, globalNorm } from "../../../src/engine/optimiser.ts";
import { variableGradients } from "../../../src/model/gradients.ts";
import { UNet } from "../../../src/model/unet.ts";
import { diceCrossEntropy } from "../../../src/segmentation/losses.ts";
import type { TrainingCase } from "../cases.ts";
import type { Workload } from "./workload.ts";

/** Gradients are scaled down to this norm, as in fine-tuning. */
const CLIP_NORM = 12;

/** A training step and the network that it moves. */
export interface TrainingWorkload extends Workload {
  readonly unet: UNet;
  /** One step; its loss. */
  step(): Promise<number>;
}

/** Makes the case ready. */
export function training({ network, batch, extent }: Omit<TrainingCase, "kind" | "metric">): TrainingWorkload {
  const unet = new UNet(network, new Rng(1));
  const optimiser = new AdamW(unet.variables, { learningRate: 1e-3 });
  const rng = new Rng(2);
  const image = Float32Array.from({ length: batch * extent ** 3 }, () => rng.normal());
  const labels = Uint8Array.from(image, () => rng.int(network.classes));

  async function step(): Promise<number> {
    const x = tf.tensor5d(image, [batch, extent, extent, extent, 1]);
    const { value, gradients } = variableGradients(() => {
      const logits = unet.forward(x); // [batch, extent, extent, extent, classes]
      return tf.tidy("loss", () => diceCrossEntropy(logits, labels));
    }, unet.variables);
    x.dispose();
    const [norm, [loss]] = await Promise.all([globalNorm(gradients), value.data()]);
    tf.tidy("AdamW", () => optimiser.apply(gradients, { scale: Math.min(1, CLIP_NORM / norm) }));
    tf.dispose([value, ...gradients.values()]);
    return loss;
  }

  return {
    unet,
    step,
    run: async () => void await step(),
    settle: async () => void await unet.variables.get("decoder/logits/bias")!.data(), // the last that moves
    dispose() {
      optimiser.dispose();
      unet.dispose();
    },
  };
}
