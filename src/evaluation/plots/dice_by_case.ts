/**
 * Dice case by case: a lane for each method, a small dot a case (mean over classes and seeds), the mean over cases with
 * its spread. It shows whether a mean hides cases that failed.
 *
 * @module
 */
import type { Markup } from "../../display/markup.ts";
import { meanOf, spreadOf } from "../../display/statistics.ts";
import type { Mode } from "../cell.ts";
import type { ResultRow } from "../results/row.ts";
import { distinct } from "../tables/figures.ts";
import { stripChart, type StripRow } from "../../display/charts/strip_chart.ts";
import { seriesColour } from "../../display/palette.ts";

/** An SVG document of the rows of one mode and number of labels. */
export function diceByCase(rows: readonly ResultRow[], mode: Mode, labelled: number): Markup {
  const strips = distinct(rows, "method").map((method, index): StripRow => {
    const own = rows.filter((row) => row.method === method && row.mode === mode && row.labelled === labelled);
    const dots = [...Map.groupBy(own, (row) => row.case)].flatMap(([name, figures]) => {
      const mean = meanOf(figures.map(({ measures }) => measures.dice));
      return mean === null ? [] : [{ name, value: mean }];
    });
    const spread = spreadOf(dots.map(({ value }) => value));
    return { name: method, lanes: [{ name: method, colour: seriesColour(index), dots, spread }] };
  });
  const title = `Dice by case, ${mode} fine-tuning, N = ${labelled}, mean ± sd over cases`;
  return stripChart(strips, { label: title, title });
}
