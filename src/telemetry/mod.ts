/**
 * What other programs follow a peer by, made of its events while it runs: curves, log files.
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
export type { Follower } from "./follower.ts";
export { followWithLog, type LogFileOptions } from "./log/log_file.ts";
export { RotatingFile, type RotatingFileOptions } from "./log/rotating_file.ts";
