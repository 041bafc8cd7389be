/**
 * A comparison as one page: tables, Dice by case, and how the runs went on.
 *
 * @module
 */
import { lineChart } from "../display/charts/line_chart.ts";
import { stripChart, type StripRow } from "../display/charts/strip_chart.ts";
import { legend } from "../display/legend.ts";
import { html, type Markup } from "../display/markup.ts";
import { renderPage } from "../display/page.ts";
import { seriesColour } from "../display/palette.ts";
import { meanOf, spreadOf } from "../display/statistics.ts";
import { htmlSection } from "../display/tables/html.ts";
import type { TitledTable } from "../display/tables/table.ts";
import type { Compared } from "./run.ts";

/** The whole page; one file, which opens without a network. */
export function comparisonPage(sides: readonly Compared[], tables: readonly TitledTable[]): string {
  return renderPage(
    { title: `${sides.length} runs`, kind: "comparison", facts: sides.map(({ name }) => name) },
    html`${tables.map(htmlSection)}${diceByCase(sides)}${curvesOf(sides)}`,
  );
}

/** The charts under what their colours stand for; nothing where there are none. */
function curvesOf(sides: readonly Compared[]): Markup | false {
  const charts = curveCharts(sides);
  const key = sides.flatMap(({ name, curves }, index) =>
    curves.length === 0 ? [] : [{ name, colour: seriesColour(index) }]
  );
  return charts.length > 0 &&
    html`<section><h2>Curves</h2>${legend(key)}<div class="charts">${charts}</div></section>`;
}

/** A chart for each kind of curve, a line a side. */
export function curveCharts(sides: readonly Compared[]): Markup[] {
  const titles = [...new Set(sides.flatMap(({ curves }) => curves.map(({ title }) => title)))];
  return titles.map((title) => {
    const own = sides.flatMap((side, i) =>
      side.curves.filter((curve) => curve.title === title).map((curve) => ({ ...curve, name: side.name, index: i }))
    );
    const series = own.map(({ name, index, points }) => ({ name, colour: seriesColour(index), points }));
    return lineChart({ title, xLabel: own[0].xLabel, series });
  });
}

/** A lane a side, a dot a case. */
function diceByCase(sides: readonly Compared[]): Markup | false {
  const strips = sides.flatMap(({ name, rows }, index): StripRow[] => {
    const dots = [...Map.groupBy(rows, (row) => row.case)].flatMap(([id, own]) => {
      const value = meanOf(own.map(({ scores }) => scores.dice));
      return value === null ? [] : [{ name: id, value }];
    });
    if (dots.length === 0) return [];
    const spread = spreadOf(dots.map(({ value }) => value));
    return [{ name, lanes: [{ name, colour: seriesColour(index), dots, spread }] }];
  });
  const title = "Dice by case, mean ± sd over cases";
  return strips.length > 0 && stripChart(strips, { label: title, title });
}
