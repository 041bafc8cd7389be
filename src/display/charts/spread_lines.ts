/**
 * Lines through means, each with its spread as a bar, over a few places on the x axis; y runs from 0 to 1.
 *
 * @example
 * ```ts
 * import { seriesColour } from "../palette.ts";
 * import { spreadLines } from "./spread_lines.ts";
 *
 * const points = [{ x: 1, mean: 0.5, sd: 0.1 }, { x: 2, mean: 0.6, sd: null }];
 * const lines = [{ name: "from scratch", colour: seriesColour(0), points }];
 * spreadLines(lines, { label: "Dice", title: "Dice", places: [1, 2], xLabel: "labelled cases", xName: "N" });
 * ```
 *
 * @module
 */
// @ts-types="npm:@types/d3-scale@4.0.9"
import { scaleLinear, scalePoint } from "d3-scale";
import { formatNumber } from "../formats/number.ts";
import { html, type Markup } from "../markup.ts";
import { type Colour, colours, paint } from "../palette.ts";
import { coordinate as at } from "./_coordinate.ts";
import { plot } from "./_plot.ts";

/** One line. */
export interface SpreadLine {
  /** Stands in the key. */
  readonly name: string;
  /** Of line, bars and dots. */
  readonly colour: Colour;
  /** In the order of the places; a place without a figure is left out. */
  readonly points: readonly { readonly x: number; readonly mean: number; readonly sd: number | null }[];
}

/** Options of {@linkcode spreadLines}. */
export interface SpreadLinesOptions {
  /** What the chart shows, for those who cannot see it. */
  label: string;
  /** Drawn at the top. */
  title: string;
  /** What stands on the x axis, from left to right, at equal distances. */
  places: readonly number[];
  /** What the x axis shows. */
  xLabel: string;
  /** What a place is called where a dot is pointed at: "N" for "N = 1". */
  xName: string;
}

const WIDTH = 560, HEIGHT = 340;
const EDGE = { left: 44, right: 150, top: 30, bottom: 40 };
/** Lines lie beside each other at one place, so that their bars do not cover each other. */
const STEP = 5;
const KEY_LINE = 18;

/** An SVG drawing with its key at the right. */
export function spreadLines(lines: readonly SpreadLine[], options: SpreadLinesOptions): Markup {
  const { label, title, places, xLabel, xName } = options;
  const [right, bottom] = [WIDTH - EDGE.right, HEIGHT - EDGE.bottom];
  const x = scalePoint(places, [EDGE.left + 30, right - 30]);
  const y = scaleLinear([0, 1], [bottom, EDGE.top]);
  const height = (value: number) => at(y(Math.min(1, Math.max(0, value))));
  const grid = html`<g class="grid">${
    y.ticks(5).map((tick) =>
      html`
        <path d="M${EDGE.left} ${at(y(tick))}H${right}" ${paint("stroke", colours.line)} />
        <text x="${EDGE.left - 8}" y="${at(y(tick)) + 4}" text-anchor="end">${tick}</text>
      `
    )
  }${places.map((place) => html`<text x="${at(x(place)!)}" y="${bottom + 18}" text-anchor="middle">${place}</text>`)}
<text x="${right}" y="${HEIGHT - 6}" text-anchor="end">${xLabel}</text></g>`;
  const drawn = lines.map(({ name, colour, points }, index) => {
    const shift = (index - (lines.length - 1) / 2) * STEP;
    const placed = points.map((point) => ({ ...point, px: at(x(point.x)! + shift) }));
    const path = placed.map(({ px, mean }, i) => `${i === 0 ? "M" : "L"}${px} ${height(mean)}`).join("");
    return html`
      ${placed.length > 0 && html`<g ${paint("color", colour)} stroke="currentColor" fill="none" stroke-width="1.6">
<path d="${path}"/>${
        placed.map(({ x, px, mean, sd }) =>
          html`
            <path d="M${px} ${height(mean - (sd ?? 0))}V${height(mean + (sd ?? 0))}" />
            <circle cx="${px}" cy="${height(mean)}" r="3.2" fill="currentColor">
              <title>${name}, ${xName} = ${x}: ${formatNumber(mean)} ± ${formatNumber(sd ?? 0)}</title>
            </circle>
          `
        )
      }</g>`}<text x="${right + 22}" y="${EDGE.top + 10 + KEY_LINE * index}">${name}</text>
      <circle cx="${right + 12}" cy="${EDGE.top + 6 + KEY_LINE * index}" r="4" ${paint("fill", colour)} />
    `;
  });
  return plot(
    { width: WIDTH, height: Math.max(HEIGHT, EDGE.top + KEY_LINE * (lines.length + 1)), label, title },
    [grid, ...drawn],
  );
}
