/** The methods of an evaluation, by its folder of results. */
import { meanOf } from "../display/statistics.ts";
import { readResults } from "../evaluation/results/results.ts";
import type { ResultRow } from "../evaluation/results/row.ts";
import type { CurveRow } from "../evaluation/results/curve.ts";
import { scoreFields } from "../scoring/row.ts";
import { scoreMetrics } from "../scoring/score_case.ts";
import type { Score } from "../segmentation/metrics/score.ts";
import { SURFACE_TOLERANCE } from "../segmentation/metrics/surface_dice.ts";
import type { Compared, ComparedRow, Curve } from "./run.ts";

type Setting = Pick<ResultRow, "method" | "mode" | "labelled">;

const settingOf = ({ method, mode, labelled }: Setting) => `${method}, ${mode}, N = ${labelled}`;

/** One side for each method, way of fine-tuning and number of labels; seeds are averaged, since they are no cases. */
export async function comparedEvaluation(run: string): Promise<Compared[]> {
  const { rows, curve } = await readResults(run);
  return [...Map.groupBy(rows, settingOf)].map(([setting, own]) => ({
    name: `${run}: ${setting}`,
    rows: [...Map.groupBy(own, (row) => JSON.stringify([row.case, row.class])).values()].map(overSeeds),
    curves: curvesOf(curve.filter((row) => settingOf(row) === setting)),
  }));
}

const metrics = scoreMetrics(SURFACE_TOLERANCE);

function overSeeds(rows: readonly ResultRow[]): ComparedRow {
  const scores = scoreFields.flatMap((field) => {
    const figures = rows.map(({ measures }) => measures[metrics[field].name] ?? null);
    const score: Score = figures.includes(Infinity) ? Infinity : meanOf(figures);
    return score === null ? [] : [[field, score] as const];
  });
  // what is not defined in this case is still measured, and null
  return { case: rows[0].case, class: rows[0].class, scores: { dice: null, ...Object.fromEntries(scores) } };
}

function curvesOf(rows: readonly CurveRow[]): Curve[] {
  if (rows.length === 0) return [];
  const steps = [...Map.groupBy(rows, ({ step }) => step)].sort(([a], [b]) => a - b);
  const points = steps.map(([step, own]) => [step, meanOf(own.map(({ dice }) => dice))] as const);
  return [{ title: "Dice by step of fine-tuning", xLabel: "step", points }];
}
