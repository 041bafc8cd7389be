import type { Rng } from "../core/rng.ts";
import type { PreparedCase } from "../data/prepare.ts";
import type { CreateBackbone } from "./backbone.ts";
import type { PretrainConfig } from "./pretrain_config.ts";

/** What a pretrainer is made from. */
export interface PretrainerOptions {
  /** The settings, checked. */
  config: PretrainConfig;
  /** Makes the network that is pre-trained. */
  createBackbone: CreateBackbone;
  /** The site's training volumes, at least one. */
  cases: readonly PreparedCase[];
  /** Volumes, views and negatives are drawn from it: a stream of the site's own. */
  rng: Rng;
  /** Initial weights are a pure function of it: the same on every site. */
  modelRng: Rng;
  /** Steps whose views are prepared ahead in a thread of its own; 0: each in its turn. @default 0 */
  ahead?: number;
  /** Skipped steps in a row that end a round. @default 5 */
  patience?: number;
}
