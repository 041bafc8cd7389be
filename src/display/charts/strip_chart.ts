/**
 * Strip charts: lanes of dots on one axis from 0 to 1, a small dot a figure, a large one their mean, with its spread.
 *
 * @example
 * ```ts
 * import { seriesColour } from "../palette.ts";
 * import { spreadOf } from "../statistics.ts";
 * import { stripChart } from "./strip_chart.ts";
 *
 * const dots = [{ name: "north", value: 0.5 }, { name: "south", value: 0.75 }];
 * const lane = { name: "from scratch", colour: seriesColour(0), dots, spread: spreadOf([0.5, 0.75]) };
 * stripChart([{ name: "left ventricle", lanes: [lane] }], { label: "Dice by structure" });
 * ```
 *
 * @module
 */
// @ts-types="npm:@types/d3-scale@4.0.9"
import { scaleLinear } from "d3-scale";
import { formatNumber } from "../formats/number.ts";
import { html, type Markup } from "../markup.ts";
import { type Colour, colours, paint } from "../palette.ts";
import type { Spread } from "../statistics.ts";
import { plot } from "./_plot.ts";
import { coordinate } from "./_coordinate.ts";

/** One lane. */
export interface Lane {
  /** What it shows, where a dot is pointed at. */
  readonly name: string;
  /** Of its dots and its bar. */
  readonly colour: Colour;
  /** The small dots, in [0, 1]. */
  readonly dots: readonly { readonly name: string; readonly value: number }[];
  /** The large dot and its bar. */
  readonly spread: Pick<Spread, "mean" | "sd">;
}

/** Lanes that belong together, under one name. */
export interface StripRow {
  /** Stands before the lanes. */
  readonly name: string;
  /** Set apart from the others, as a mean of them. @default false */
  readonly strong?: boolean;
  /** From top to bottom. */
  readonly lanes: readonly Lane[];
}

/** Options of {@linkcode stripChart}. */
export interface StripChartOptions {
  /** What the chart shows, for those who cannot see it. */
  label: string;
  /** Drawn at the top of a picture that stands alone. @default none: a drawing within a figure of a page */
  title?: string;
  /** Of the drawing, in its own units. @default 620 */
  width?: number;
  /** Room for names, in the same units. @default 190 */
  names?: number;
  /** Where the axis begins. @default 0 */
  low?: number;
  /** Writes figures that are pointed at. @default three significant digits */
  format?: (value: number | null) => string;
}

const LANE = 17;
/** Above and below the lanes of a row; a row of several is set apart from the next. */
const padOf = ({ lanes }: StripRow) => lanes.length > 1 ? 6 : 2.5;

/** An SVG drawing with one row below the other. */
export function stripChart(rows: readonly StripRow[], options: StripChartOptions): Markup {
  const { label, title, width = 620, names = 190, low = 0, format = formatNumber } = options;
  const edge = { left: names, right: width - 18, top: title === undefined ? 8 : 34 };
  const heights = rows.map((row) => LANE * row.lanes.length + 2 * padOf(row));
  const tops = heights.map((_, i) => heights.slice(0, i).reduce((sum, one) => sum + one, edge.top));
  const bottom = edge.top + heights.reduce((sum, one) => sum + one, 0);
  const x = scaleLinear([low, 1], [edge.left, edge.right]);
  const at = (value: number) => coordinate(x(Math.min(1, Math.max(low, value))));
  const grid = html`<g class="grid">${
    x.ticks(5).map((tick) =>
      html`
        <path d="M${at(tick)} ${edge.top}V${bottom}" ${paint("stroke", colours.line)} />
        <text x="${at(tick)}" y="${bottom + 17}" text-anchor="middle">${formatNumber(tick)}</text>
      `
    )
  }</g>`;
  const drawn = rows.map((row, i) => {
    const [top, pad] = [tops[i], padOf(row)];
    const rule = i > 0 && (row.lanes.length > 1 || rows[i - 1].lanes.length > 1);
    return html`
      ${rule && html`
        <path class="rule" d="M0 ${top}H${width}" ${paint("stroke", colours.line)} />
      `}<text class="${row.strong ? "name bold" : "name"}" x="${edge.left - 10}" y="${top + heights[i] / 2 + 4}"
        text-anchor="end">${shortened(row.name, names)}</text>${row.lanes.map((lane, j) =>
          laneOf(lane, { row, y: top + pad + LANE * (j + 0.5), at, format })
        )}
    `;
  });
  return plot({ width, height: bottom + 30, label, ...(title !== undefined && { title }) }, [grid, ...drawn]);
}

interface Place {
  row: StripRow;
  y: number;
  at: (value: number) => number;
  format: (value: number | null) => string;
}

function laneOf({ name, colour, dots, spread: { mean, sd } }: Lane, { row, y, at, format }: Place): Markup {
  const words = row.name === name ? name : `${row.name}, ${name}`;
  return html`<g ${paint("color", colour)} fill="currentColor" stroke="currentColor">${
    dots.map((dot) =>
      html`
        <circle cx="${at(dot.value)}" cy="${y}" r="2.8" fill-opacity="0.36" stroke="none">
          <title>${dot.name}: ${format(dot.value)}</title>
        </circle>
      `
    )
  }${
    mean !== null && sd !== null && html`
      <path d="M${at(mean - sd)} ${y}H${at(mean + sd)}" stroke-width="2" stroke-linecap="round" />
    `
  }${
    mean !== null && html`
      <circle cx="${at(mean)}" cy="${y}" r="5" stroke="none">
        <title>${words}: ${format(mean)}${sd !== null && ` ± ${format(sd)}`}</title>
      </circle>
    `
  }</g>`;
}

/** The name, or as much of it as fits into `room`; a letter is about 7 wide. */
function shortened(name: string, room: number): string {
  const most = Math.floor((room - 6) / 6.6);
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}
