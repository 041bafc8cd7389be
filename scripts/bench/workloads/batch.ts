/**
 * The patches of a step, from prepared cases to tensors on the engine.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { parsePretrainConfig } from "../../../src/pretraining/configuration.ts";
import { viewsFrom } from "../../../src/pretraining/views.ts";
import { DEFAULT_AUGMENTATION } from "../../../src/data/augmentation/sets/default.ts";
import { batchesFrom } from "../../../src/segmentation/batches.ts";
import type { BatchCase } from "../cases.ts";
import { syntheticCases } from "./synthetic.ts";
import { settle, type Workload } from "./workload.ts";

/** Makes the case ready. */
export function batch({ of, volumes, extent }: BatchCase): Workload {
  const patch = [extent, extent, extent] as const;
  const cases = syntheticCases(volumes, Math.ceil(extent * 1.5));
  const views = viewsFrom({ cases, config: parsePretrainConfig({ patch }) });
  const batches = batchesFrom({
    cases,
    patch,
    batch: volumes,
    foregroundProbability: 0.67,
    augmentation: DEFAULT_AUGMENTATION,
  });
  const draw = {
    "pre-training": (seed: number) => views({ cases: cases.map((_, index) => index), seed }).images,
    "fine-tuning": (seed: number) => [batches({ seed }).image],
  }[of];
  let seed = 0;
  return {
    run: async () => void await Promise.all(draw(seed++).map((values) => settle(tf.tensor1d(values)))),
    dispose() {},
  };
}
