/** Small settings and volumes for the tests of the attacks. */
import { unetBackbone } from "../../src/pretraining/backbone.ts";
import { parsePretrainConfig } from "../../src/pretraining/configuration.ts";
import type { PretrainConfig } from "../../src/pretraining/pretrain_config.ts";
import { Pretrainer } from "../../src/pretraining/pretrainer.ts";
import { Rng } from "../../src/core/rng.ts";
import { gaussianBlur } from "../../src/data/augmentation/transformations/gaussian_blur.ts";
import type { PreparedCase } from "../../src/data/prepare.ts";
import type { UNetConfig } from "../../src/model/config.ts";
import { syntheticCase } from "../pretraining/_fixtures.ts";

export const SMALL_NETWORK: UNetConfig = {
  ...{ classes: 2, baseFilters: 4, levels: 3, norm: "instance" },
  pool: [[2, 2, 2], [2, 2, 2]],
};

/** The seed and the name of the site that {@linkcode siteOf} trains as. */
export const SITE = { seed: 9, name: "site-2" } as const;

/** Two projections, of which each step feeds fewer rows than the queues hold; views that differ little. */
export function attackConfig(changes: Record<string, unknown> = {}): PretrainConfig {
  return parsePretrainConfig({
    ...{ patch: [16, 16, 16], volumes: 2, decoderLevel: 1, dimension: 16, hidden: 32 },
    projections: [
      { maps: ["bottleneck"], grid: [2, 2, 2], locations: 32 },
      { maps: ["finest"], grid: [2, 2, 2], locations: 32 },
    ],
    ...{ negatives: 256, queue: 512, release: 64, localPositives: "views" },
    augmentation: { geometry: { rotation: 5, scale: [1, 1] }, intensity: { invert: 0, noise: 0.1 } },
    ...changes,
  });
}

/** A volume that has nothing in common with another: a smooth random field. */
export function fieldCase(index: number): PreparedCase {
  const base = syntheticCase(index, 16);
  const rng = new Rng(index);
  const image = gaussianBlur(Float32Array.from(base.image, () => rng.normal()), base.shape, 1.5);
  const deviation = Math.sqrt(image.reduce((sum, value) => sum + value * value, 0) / image.length);
  return { ...base, image: image.map((value) => value / deviation) };
}

/** Trains as the peer of {@linkcode SITE} would. */
export function siteOf(cases: readonly PreparedCase[], config: PretrainConfig): Promise<Pretrainer> {
  const { seed, name } = SITE;
  return Pretrainer.open({
    ...{ config, cases, createBackbone: unetBackbone(SMALL_NETWORK, config) },
    rng: new Rng(seed).fork(`site/${name}`),
    modelRng: new Rng(seed).fork("model"),
  });
}
