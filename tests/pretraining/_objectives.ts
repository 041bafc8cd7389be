/** Small settings for every objective. */
import { unetBackbone } from "../../src/pretraining/backbone.ts";
import { parsePretrainConfig } from "../../src/pretraining/configuration.ts";
import type { PretrainConfig } from "../../src/pretraining/pretrain_config.ts";
import type { Objective } from "../../src/pretraining/objectives/objective.ts";
import { createObjective, objectives } from "../../src/pretraining/objectives/registry.ts";
import { Rng } from "../../src/core/rng.ts";
import { NETWORK } from "./_fixtures.ts";

const SMALL = { dimension: 8, hidden: 8, negatives: 16, queue: 8, release: 8 };

/** Settings of `objective` for which a step takes milliseconds on the cpu engine. */
export function smallConfigOf(objective: string, changes: Record<string, unknown> = {}): PretrainConfig {
  const { reads, fixed, defaults } = objectives.named(objective);
  const own = Object.entries(SMALL).filter(([name]) =>
    reads.some((own) => own === name) && !Object.hasOwn(fixed ?? {}, name)
  );
  const given = (defaults?.projections ?? [{ kind: "dense" }]) as Record<string, unknown>[];
  const projections = given.map((projection) => ({ ...projection, grid: [2, 2, 2], locations: 6 }));
  const decoderLevel = fixed?.decoderLevel ?? null;
  const small = { ...Object.fromEntries(own), projections, decoderLevel };
  return parsePretrainConfig({ objective, patch: [8, 8, 8], ...small, ...changes });
}

/** An objective with small networks. */
export function smallObjective(config: PretrainConfig): Promise<Objective> {
  return createObjective({ config, createBackbone: unetBackbone(NETWORK, config), modelRng: new Rng(1) });
}
