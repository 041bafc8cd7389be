/**
 * What other programs follow a peer by, made of its events while it runs: curves, log files, metrics,
 * spans.
 *
 * @example
 * ```ts
 * import { followCurves } from "./mod.ts";
 *
 * const curves = followCurves({ outputDirectory: "results", warn: console.error });
 * curves.handle({ type: "note", message: "no curve", peer: "north", time: Date.now() }); // each event of the peer
 * curves.close();
 * ```
 *
 * @module
 */
export { CURVE_COLUMNS, CurveFile } from "./curves/curve_file.ts";
export { followCurves } from "./curves/curves.ts";
export type { CurvesOptions } from "./curves/curves.ts";
export { type CurvePoint, CurvePoints } from "./curves/points.ts";
export { expose, type Exposition } from "./metrics/expose.ts";
export { type CheckpointFigures, type DiskFigures, diskFigures, type ProcessFigures } from "./metrics/figures.ts";
export { processFigures } from "./metrics/figures.ts";
export { type Libp2pFigures, libp2pFigures } from "./metrics/libp2p.ts";
export type { Metric, MetricSource, Sample } from "./metrics/metric.ts";
export { METRICS } from "./metrics/metrics.ts";
export { followWithMetrics, type PeerMetrics, type PeerMetricsOptions } from "./metrics/peer_metrics.ts";
export { type DiceTally, type ExchangeTally, Tally, type TrainingTally } from "./metrics/tally.ts";
export { followWithSpans, isTraced } from "./traces/spans.ts";
export type { TrainingName } from "./training_names.ts";
export type { Follower } from "./follower.ts";
export { followWithLog, type LogFileOptions } from "./log/log_file.ts";
export { RotatingFile, type RotatingFileOptions } from "./log/rotating_file.ts";
