/**
 * Dice against the number of labelled cases, a line a method, with the spread over sites.
 *
 * @module
 */
import { spreadLines } from "../../display/charts/spread_lines.ts";
import type { Markup } from "../../display/markup.ts";
import { seriesColour } from "../../display/palette.ts";
import type { Mode } from "../cell.ts";
import type { ResultRow } from "../results/row.ts";
import { distinct, figureOf } from "../tables/figures.ts";

/** An SVG document of one mode's rows; points without a figure are left out. */
export function diceByLabels(rows: readonly ResultRow[], mode: Mode): Markup {
  const own = rows.filter((row) => row.mode === mode);
  const places = distinct(own, "labelled").sort((a, b) => a - b);
  const lines = distinct(rows, "method").map((method, index) => ({
    name: method,
    colour: seriesColour(index),
    points: places.flatMap((x) => {
      const { sites: { mean, sd } } = figureOf(
        own.filter((row) => row.method === method && row.labelled === x),
        "dice",
      );
      return mean === null ? [] : [{ x, mean, sd }];
    }),
  }));
  return spreadLines(lines, {
    label: `Dice against the number of labelled cases, ${mode} fine-tuning`,
    title: `Dice, ${mode} fine-tuning, mean ± sd over sites`,
    ...{ places, xLabel: "labelled cases a site, N", xName: "N" },
  });
}
