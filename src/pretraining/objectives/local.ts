/**
 * Local contrastive learning, the paper's baseline (arXiv 2204.10983, "local CL"): the part of FCL that needs nobody
 * else, positives of the site's own partitions and negatives of its own queue.
 *
 * Whether weights are averaged is not the objective's affair: without exchanges (`schedule.exchanges: 0`) each site is
 * alone, as in the paper; with them it is FCL without its feature exchange.
 *
 * @module
 */
import type { FeatureSet, RemoteFeatures } from "../../core/features.ts";
import { refuseFeatures } from "./without_exchange.ts";
import { FederatedContrastive } from "./fcl.ts";
import type { Objective, ObjectiveOptions } from "./objective.ts";

/** Makes the objective. */
export function local(options: ObjectiveOptions): Objective {
  return new LocalContrastive(options);
}

class LocalContrastive extends FederatedContrastive {
  override admit(remote: RemoteFeatures): number {
    return refuseFeatures(remote);
  }

  override release(): FeatureSet {
    return { features: new Float32Array(0), partitions: new Int32Array(0) };
  }
}
