/**
 * The patches of a step, from prepared cases to tensors on the engine.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { parsePretrainConfig } from "../../../src/contrastive/configuration.ts";
import { sampleViews, stackPatches } from "../../../src/contrastive/views.ts";
import { Rng } from "../../../src/core/rng.ts";
import { augmentIntensity } from "../../../src/data/augment.ts";
import { samplePatch } from "../../../src/data/patches.ts";
import { DEFAULT_AUGMENTATION } from "../../../src/segmentation/fine_tune.ts";
import type { BatchCase } from "../_cases.ts";
import { syntheticCases } from "./synthetic.ts";
import { settle, type Workload } from "./workload.ts";

/** Makes the case ready. */
export function batch({ of, volumes, extent }: BatchCase): Workload {
  const shape = [extent, extent, extent] as const;
  const cases = syntheticCases(volumes, Math.ceil(extent * 1.5));
  const rng = new Rng(1);
  const config = parsePretrainConfig({ patch: shape });
  const { geometry, intensity = {} } = DEFAULT_AUGMENTATION;
  const draw = {
    "pre-training": () => [...sampleViews(cases, config, rng).images],
    "fine-tuning": () => [
      stackPatches(
        cases.map((prepared) =>
          augmentIntensity(samplePatch(prepared, { shape, rng, geometry, foregroundProbability: 0.67 }), intensity, rng)
        ),
      ),
    ],
  }[of];
  return {
    run: async () => void await Promise.all(draw().map((images: tf.Tensor) => settle(images))),
    dispose() {},
  };
}
