/**
 * The comparing room: runs, scores and models side by side, whatever left them.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Compared, pairedTests } from "./mod.ts";
 *
 * const side = (name: string, figures: number[]): Compared => ({
 *   name, // readRun makes sides of folders and files
 *   rows: figures.map((dice, i) => ({ case: `case ${i}`, class: "liver", scores: { dice } })),
 *   curves: [],
 * });
 * const sides = [side("from scratch", [0.52, 0.63, 0.51, 0.6]), side("FCL", [0.61, 0.7, 0.55, 0.66])];
 * const [{ side: name, test }] = pairedTests(sides, (id) => id);
 * assertEquals([name, test.p], ["FCL", 0.125]);
 * ```
 *
 * @module
 */
export * from "./differences.ts";
export * from "./page.ts";
export * from "./read_run.ts";
export * from "./run.ts";
export * from "./tables.ts";
export * from "./paired_tests.ts";
// types of other rooms that this one speaks of
export type { Markup } from "../display/markup.ts";
export type { Spread } from "../display/statistics.ts";
export type { Table, TitledTable } from "../display/tables/table.ts";
export type { WilcoxonResult } from "../evaluation/statistics/wilcoxon.ts";
export type { ScoreField } from "../scoring/row.ts";
export type { Score } from "../segmentation/metrics/score.ts";
