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
import { type Lane, lanesPlot } from "../../display/charts/lanes.ts";
import { methodColour } from "../../display/palette.ts";

/** An SVG document of the rows of one mode and number of labels. */
export function diceByCase(rows: readonly ResultRow[], mode: Mode, labelled: number): Markup {
  const lanes = distinct(rows, "method").map((method, index): Lane => {
    const own = rows.filter((row) => row.method === method && row.mode === mode && row.labelled === labelled);
    const dots = [...Map.groupBy(own, (row) => row.case)].flatMap(([name, figures]) => {
      const mean = meanOf(figures.map(({ dice }) => dice));
      return mean === null ? [] : [{ name, value: mean }];
    });
    return { name: method, colour: methodColour(index), dots, spread: spreadOf(dots.map(({ value }) => value)) };
  });
  return lanesPlot(`Dice by case, ${mode} fine-tuning, N = ${labelled}, mean ± sd over cases`, lanes);
}
