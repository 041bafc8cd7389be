/**
 * Whole-volume prediction.
 *
 * @module
 */

import { Rng } from "../../../src/core/rng.ts";
import { UNet } from "../../../src/model/unet.ts";
import { predictProbabilities } from "../../../src/segmentation/inference.ts";
import type { PredictionCase } from "../cases.ts";
import { syntheticCases } from "./synthetic.ts";
import type { Workload } from "./workload.ts";

/** Makes the case ready. */
export function prediction({ network, extent, patch, windows }: PredictionCase): Workload {
  const unet = new UNet(network, new Rng(1));
  const [volume] = syntheticCases(1, extent);
  return {
    async run() {
      let seen = 0;
      await predictProbabilities(unet, volume, {
        patch: [patch, patch, patch],
        onProgress: ({ window }) => seen = window,
      });
      if (seen !== windows.length) throw new Error(`the prediction must take ${windows.length} windows, got ${seen}`);
    },
    dispose: () => unet.dispose(),
  };
}
