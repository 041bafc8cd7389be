/**
 * A whole step of contrastive pre-training on views that have been drawn, with two other sites' features in the banks.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { unetBackbone } from "../../../src/pretraining/backbone.ts";
import { parsePretrainConfig } from "../../../src/pretraining/configuration.ts";
import { createObjective } from "../../../src/pretraining/objectives/registry.ts";
import { Optimiser } from "../../../src/pretraining/optimiser.ts";
import { viewsFrom } from "../../../src/pretraining/views.ts";
import { Rng } from "../../../src/core/rng.ts";
import { StepGate } from "../../../src/engine/steps/step_gate.ts";
import type { ContrastiveCase } from "../cases.ts";
import { syntheticCases } from "./synthetic.ts";
import type { Workload } from "./workload.ts";

/** Sites whose features are in the banks beside the own ones. */
const OTHER_SITES = 2;

/** Makes the case ready. */
export async function contrastive({ network, extent, pretrain }: ContrastiveCase): Promise<Workload> {
  const config = parsePretrainConfig({ patch: [extent, extent, extent] });
  const rng = new Rng(1);
  const objective = await createObjective({ config, createBackbone: unetBackbone(network, config), modelRng: rng });
  const optimiser = new Optimiser(objective.variables, config);
  const gate = new StepGate({ clipNorm: config.clipNorm, every: 16 }); // as in a training whose steps are quick
  for (let site = 0; site < OTHER_SITES; site++) objective.admit(release(site, pretrain, config.projections.length), 1);
  const cases = syntheticCases(config.volumes, extent);
  const { images, places } = viewsFrom({ cases, config })({ cases: cases.map((_, index) => index), seed: 1 });
  const shape = [config.volumes, extent, extent, extent, 1] as const; // [volumes, depth, height, width, 1] a view
  const views = { images: images.map((values) => tf.tensor5d(values, [...shape])), places };
  return {
    async run() {
      const { loss, gradients, finish } = objective.step(views, { rng, step: optimiser.steps });
      const verdict = await gate.judge(loss, gradients);
      optimiser.apply(gradients, verdict);
      await finish(verdict);
      if (gate.isDue) await gate.settle();
      tf.dispose([loss, ...gradients.values()]);
    },
    async settle() {
      const [variable] = objective.shared.values();
      await variable.data();
    },
    dispose() {
      tf.dispose([...views.images]);
      gate.dispose();
      optimiser.dispose();
      objective.dispose();
    },
  };
}

/** What another site would give: as many unit vectors a projection as make up its share of the bank. */
function release(site: number, pretrain: ContrastiveCase["pretrain"], projections: number) {
  const { dimension, cells, remote } = pretrain;
  const rows = projections * remote / OTHER_SITES;
  const rng = new Rng(site);
  const features = new Float32Array(rows * dimension);
  const partitions = Int32Array.from({ length: rows }, (_, row) => row % (projections * cells));
  for (let row = 0; row < rows; row++) {
    const vector = Array.from({ length: dimension }, () => rng.normal());
    const norm = Math.hypot(...vector);
    features.set(vector.map((value) => value / norm), row * dimension);
  }
  return { peer: `site ${site}`, round: 1, features, partitions };
}
