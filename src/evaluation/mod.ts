/**
 * The evaluation room: which cells there are, how they are run, their results on the disk, and the tables, tests and
 * plots made of them.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { planCells, progressOf, readResults, writeReport } from "./mod.ts";
 *
 * const grid = { methods: ["scratch", "fcl"], modes: ["local"] as const, labelled: [1, 2], folds: 5, seeds: [11] };
 * const directory = await Deno.makeTempDir();
 * const { rows, finished } = await readResults(directory);
 * const { remaining, total } = progressOf(planCells(grid), finished);
 * assertEquals([remaining.length, total], [20, 20]); // cells to run
 * await writeReport(directory, rows, { title: "ACDC", facts: ["no cell was run yet"], paper: true, method: "fcl" });
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */
export { type Cell, cellId, groupId, type Mode, MODES } from "./cell.ts";
export { type GridOptions, planCells, type PlannedCell, SCRATCH } from "./plan/cells.ts";
export { type EvaluationProgress, progressOf } from "./plan/progress.ts";
export { followedBy, type RoleSettings, rolesOf, type SiteRoles, tunedAlone } from "./plan/roles.ts";
export { diceByCase } from "./plots/dice_by_case.ts";
export { diceByClass } from "./plots/dice_by_class.ts";
export { diceByLabels } from "./plots/dice_by_labels.ts";
export { diceByStep } from "./plots/dice_by_step.ts";
export { type MethodFitsOptions, pretrainConfigOf, requireMethodFits } from "./protocol/method_fits.ts";
export { type Method, methodNamed, methodNames, parseProtocol } from "./protocol/protocol.ts";
export type * from "./protocol/types.ts";
export { type CurveRow, formatCurveRow, parseCurve } from "./results/curve.ts";
export type { CellCost, FinishedCell } from "./results/finished_cell.ts";
export { type ReadResults, readResults, Results } from "./results/results.ts";
export { formatRow, parseRows, resultColumns, resultHeader, type ResultRow } from "./results/row.ts";
export {
  fineTuneAlone,
  type FineTunedCell,
  fineTunePooled,
  fineTuneTogether,
  type FineTuningOptions,
  type FineTuningProgress,
} from "./running/fine_tuning.ts";
export { type GroupEvent, type GroupOptions, runGroup } from "./running/group.ts";
export {
  findPretrained,
  keepPretrained,
  type Pretrained,
  pretrainingDirectory,
  type PretrainingRecord,
} from "./running/pretrained_file.ts";
export { type PretrainedSites, pretrainSites, type PretrainSitesOptions } from "./running/pretraining.ts";
export type { PretrainingRound, SitesTrainingOptions } from "./running/pretraining_options.ts";
export { type EvaluationSite, prepareSites, type TestCase } from "./running/sites.ts";
export { holm } from "./statistics/holm.ts";
export { wilcoxon, type WilcoxonResult } from "./statistics/wilcoxon.ts";
export { compareMethods, type CompareOptions, type Comparison } from "./tables/comparison.ts";
export { costTable } from "./tables/cost.ts";
export { evaluationTables, type EvaluationTablesOptions } from "./tables/evaluation_tables.ts";
export { type Figure, figureOf } from "./tables/figures.ts";
export { PAPER_LABELLED, PAPER_ROWS, type PaperFigure, paperFigure, type PaperRow } from "./tables/paper.ts";
export { type Pretraining, pretrainingTable } from "./tables/pretraining.ts";
export { type ReportOptions, writeReport } from "./write_report.ts";
// types of other rooms that this one speaks of
export type { Triple } from "../core/triple.ts";
export type { NamedVector } from "../core/vectors.ts";
export type { CaseReference, Dataset } from "../data/datasets/dataset.ts";
export type { FoldSplit } from "../data/folds.ts";
export type { Plan } from "../data/plan.ts";
export type { StoredForms } from "../data/nifti/forms.ts";
export type { PreparedCase, SourceGeometry } from "../data/prepare.ts";
export type { Markup } from "../display/markup.ts";
export type { Spread } from "../display/statistics.ts";
export type { Table, TitledTable } from "../display/tables/table.ts";
export type { Normalisation, UNetConfig } from "../model/config.ts";
export type { NetworkPlan } from "../planning/network.ts";
export type { Health } from "../pretraining/health.ts";
export type {
  PretrainAugmentationConfig,
  PretrainAugmentationGeometryConfig,
  PretrainAugmentationIntensityConfig,
  PretrainConfig,
  PretrainProjectionsConfig,
} from "../pretraining/pretrain_config.ts";
export type { ClassMeasures } from "../segmentation/metrics/measure.ts";
export type { PolicyNoiseSettings, PolicySettings } from "../settings/types.ts";
export type { Score } from "../segmentation/metrics/score.ts";
export type { Affine } from "../data/affine.ts";
export type { Window } from "../data/crop.ts";
