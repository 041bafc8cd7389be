/**
 * Dice against the steps of fine-tuning, a line a method: how soon one reaches what another ends with.
 *
 * @module
 */
import { lineChart } from "../../display/charts/line_chart.ts";
import type { Markup } from "../../display/markup.ts";
import { seriesColour } from "../../display/palette.ts";
import type { Mode } from "../cell.ts";
import type { CurveRow } from "../results/curve.ts";
import { distinct, figureOf } from "../tables/figures.ts";

/** Means over sites, as the tables have them, of one mode and number of labels. */
export function diceByStep(curve: readonly CurveRow[], mode: Mode, labelled: number): Markup {
  const own = curve.filter((row) => row.mode === mode && row.labelled === labelled);
  return lineChart({
    title: `Dice by step, ${mode} fine-tuning, N = ${labelled}`,
    note: "mean over sites",
    xLabel: "step",
    include: [0, 1],
    series: distinct(curve, "method").map((method, index) => {
      const byStep = Map.groupBy(own.filter((row) => row.method === method), ({ step }) => step);
      const points = [...byStep].sort(([a], [b]) => a - b).map(([step, rows]) => {
        const figures = rows.map(({ dice, ...row }) => ({ ...row, measures: { dice } }));
        return [step, figureOf(figures, "dice").sites.mean] as const;
      });
      return { name: method, colour: seriesColour(index), points };
    }),
  });
}
