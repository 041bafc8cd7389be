/**
 * Dice by class: a lane for each class and method, a small dot a site, the mean over sites with its spread.
 *
 * @module
 */
import type { Markup } from "../../display/markup.ts";
import { spreadOf } from "../../display/statistics.ts";
import type { Mode } from "../cell.ts";
import type { ResultRow } from "../results/row.ts";
import { distinct, figureOf } from "../tables/figures.ts";
import { stripChart, type StripRow } from "../../display/charts/strip_chart.ts";
import { seriesColour } from "../../display/palette.ts";

/** An SVG document of the rows of one mode and number of labels. */
export function diceByClass(rows: readonly ResultRow[], mode: Mode, labelled: number): Markup {
  const methods = distinct(rows, "method");
  const own = rows.filter((row) => row.mode === mode && row.labelled === labelled);
  const strips = distinct(own, "class").flatMap((name) =>
    methods.map((method, index): StripRow => {
      const cases = own.filter((row) => row.class === name && row.method === method);
      const dots = [...Map.groupBy(cases, ({ site }) => site)].flatMap(([site, figures]) => {
        const { mean } = figureOf(figures, "dice").sites;
        return mean === null ? [] : [{ name: `site ${site}`, value: mean }];
      });
      const spread = spreadOf(dots.map(({ value }) => value));
      const lane = { name: `${name}, ${method}`, colour: seriesColour(index), dots, spread };
      return { name: lane.name, lanes: [lane] };
    })
  );
  const title = `Dice by class, ${mode} fine-tuning, N = ${labelled}, mean ± sd over sites`;
  return stripChart(strips, { label: title, title });
}
