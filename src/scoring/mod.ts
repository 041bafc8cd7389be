/**
 * The scoring room: predictions against references, file by file, whoever made them.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { matchCases, scoresToCsv } from "./mod.ts";
 *
 * const { pairs } = matchCases(["labelsTr/a.nii.gz"], ["out/a.nii.gz"]); // scoreFolders finds, reads and measures them
 * const figures = { dice: 0.5, iou: 1 / 3, hd95: Infinity, assd: null, surfaceDice: 0, volumeDifference: -1.5 };
 * const csv = scoresToCsv([{ case: pairs[0].case, class: "liver", ...figures }]);
 * assertEquals(csv.split("\n")[1], "a,liver,0.5,0.3333333333333333,inf,,0,-1.5");
 * ```
 *
 * @module
 */
export * from "./csv.ts";
export * from "./json.ts";
export * from "./match.ts";
export * from "./row.ts";
export { type Scored, scoreFolders, type ScoreFoldersOptions } from "./score_folders.ts";
export * from "./tables.ts";
// types of other rooms that this one speaks of
export type { Triple } from "../core/triple.ts";
export type { Table, TitledTable } from "../display/tables/table.ts";
export type { ClassPair } from "../segmentation/metrics/class_pair.ts";
export type { Metric } from "../segmentation/metrics/metric.ts";
export type { Overlap } from "../segmentation/metrics/overlap.ts";
export type { Score } from "../segmentation/metrics/score.ts";
export type { SurfaceDistances } from "../segmentation/metrics/surface_distances.ts";
