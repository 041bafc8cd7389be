/** Every metric that a peer has, in the order in which they are told. */
import type { Metric } from "./metric.ts";
import { MESH_METRICS } from "./of_mesh.ts";
import { SITE_METRICS } from "./of_site.ts";
import { TRAINING_METRICS } from "./of_training.ts";

/** See `docs/metrics.md`, which is written from it. */
export const METRICS: readonly Metric[] = [...SITE_METRICS, ...TRAINING_METRICS, ...MESH_METRICS];
