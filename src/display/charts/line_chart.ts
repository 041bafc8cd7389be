/**
 * Line charts as self-contained SVG: scaled to their container, coloured by the page's style sheet, no script.
 *
 * @example
 * ```ts
 * import { seriesColour } from "../palette.ts";
 * import { lineChart } from "./line_chart.ts";
 *
 * const series = [{ name: "north", colour: seriesColour(0), points: [[1, 2.1], [2, 1.4]] as const }];
 * lineChart({ title: "Loss", xLabel: "round", series });
 * ```
 *
 * @module
 */
// @ts-types="npm:@types/d3-scale@4.0.9"
import { scaleLinear, scaleLog } from "d3-scale";
import { coordinate } from "./_coordinate.ts";
import { formatNumber } from "../formats/number.ts";
import { html, type Markup } from "../markup.ts";
import { type Colour, css } from "../palette.ts";

/** A curve: points [x, y]; those that are not finite (or not positive, on a log axis) leave a gap. */
export interface Series {
  /** Shown where a point is pointed at. */
  name: string;
  /** Of the line and its dots. */
  colour: Colour;
  /** From left to right; x in whole rounds or steps, or see {@linkcode ChartOptions.wholeX}. */
  points: readonly (readonly [number, number | null])[];
  /** Drawn thin and pale, as the raw values behind a smoothed curve. @default false */
  faint?: boolean;
}

/** What a chart shows; only the series are needed. */
export interface ChartOptions {
  /** In bold above the chart. */
  title: string;
  /** What the figures mean, in a line under the title. */
  note?: string;
  /** What the x axis counts. */
  xLabel: string;
  /** The curves, the last on top. */
  series: readonly Series[];
  /** A logarithmic y axis. @default false */
  log?: boolean;
  /** A dashed level with its name, such as chance. */
  level?: { name: string; value: number };
  /** Values that the y axis takes in at least. */
  include?: readonly number[];
  /** Whether x counts whole things (rounds, steps). @default true */
  wholeX?: boolean;
}

const WIDTH = 340;
const HEIGHT = 196;
const EDGE = { left: 42, right: 10, top: 10, bottom: 36 };
/** Curves with no more points than this show each one. */
const DOTS_UP_TO = 40;

type Point = [number, number];

/** Unbroken runs of the points that can be drawn. */
function runs({ points }: Series, log: boolean): Point[][] {
  const result: Point[][] = [[]];
  for (const [x, y] of points) {
    const drawable = Number.isFinite(x) && y !== null && Number.isFinite(y) && (!log || y > 0);
    if (drawable) result.at(-1)!.push([x, y]);
    else if (result.at(-1)!.length > 0) result.push([]);
  }
  return result.filter((run) => run.length > 0);
}

/** The smallest and largest value, opened a little where they are one; [0, 1] of nothing. */
function domainOf(values: readonly number[], log: boolean): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return log ? [0.1, 1] : [0, 1];
  if (low < high) return [low, high];
  if (log) return [low / 2, high * 2];
  const margin = Math.abs(low) * 0.1 || 0.5;
  return [low - margin, high + margin];
}

/** At most `most` ticks of a log axis: powers of ten, with 2 and 5 between where there is room. */
function logTicks([low, high]: readonly number[], most: number): number[] {
  const powers: number[] = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) powers.push(e);
  const within = (value: number) => value >= low * 0.999 && value <= high * 1.001;
  const of = (digits: number[], each: number) =>
    powers.filter((e) => e % each === 0).flatMap((e) => digits.map((digit) => Number(`${digit}e${e}`))).filter(within);
  const candidates = [of([1, 2, 5], 1), of([1, 3], 1), ...Array.from({ length: 12 }, (_, i) => of([1], i + 1))];
  return candidates.find((ticks) => ticks.length <= most) ?? [low, high];
}

const path = (points: readonly Point[]) => points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join("");

/** An SVG line chart in a figure with its title; says so where there is nothing to draw. */
export function lineChart(options: ChartOptions): Markup {
  const { title, note, xLabel, series, log = false, level, include = [], wholeX = true } = options;
  const drawn = series.map((one) => ({ ...one, runs: runs(one, log) })).filter((one) => one.runs.length > 0);
  const caption = html`<figcaption><b>${title}</b>${note && html`<span>${note}</span>`}</figcaption>`;
  if (drawn.length === 0) {
    return html`<figure class="chart">${caption}<p class="empty">No values recorded.</p></figure>`;
  }

  const points = drawn.flatMap((one) => one.runs.flat());
  const levels = [level?.value, ...include].filter((value): value is number =>
    Number.isFinite(value) && (!log || value! > 0)
  );
  const xs = domainOf(points.map(([x]) => x), false);
  const single = points.every(([x]) => x === points[0][0]);
  const x = scaleLinear(single ? [xs[0] - 0.5, xs[1] + 0.5] : xs, [EDGE.left, WIDTH - EDGE.right]);
  const ys = domainOf([...points.map(([, value]) => value), ...levels], log);
  const y = (log ? scaleLog() : scaleLinear()).domain(ys).range([HEIGHT - EDGE.bottom, EDGE.top]);
  if (!log) y.nice(5);
  const yTicks = log ? logTicks(ys, 7) : y.ticks(5);
  const xTicks = single ? [points[0][0]] : x.ticks(6).filter((tick) => !wholeX || Number.isInteger(tick));
  const place = ([px, py]: Point): Point => [coordinate(x(px)), coordinate(y(py))];

  const curves = drawn.map(({ name, colour, faint, runs }) => {
    const dots = !faint && runs.flat().length <= DOTS_UP_TO;
    return html`
      <g class="${faint ? "faint" : "clear"}" style="--c:${css(colour)}">
      ${runs.map((run) =>
        html`
          <path d="${path(run.map(place))}" />
        `
      )}
      ${runs.map((run) =>
        run.map((point, i) => {
          if (!dots && run.length > 1) return null;
          const [px, py] = place(point);
          return html`
            <circle cx="${px}" cy="${py}" r="${run.length === 1 || i === run.length - 1 ? 3 : 2.2}">
              <title>${name}: ${formatNumber(point[1])} (${xLabel} ${formatNumber(point[0], 6)})</title>
            </circle>
          `;
        })
      )}</g>
    `;
  });
  const bottom = HEIGHT - EDGE.bottom;
  const right = WIDTH - EDGE.right;
  return html`<figure class="chart">${caption}
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
<g class="grid">${
    yTicks.map((tick) => {
      const [, at] = place([xs[0], tick]);
      return html`
        <path d="M${EDGE.left} ${at}H${right}" />
        <text x="${EDGE.left - 7}" y="${at + 3.5}" text-anchor="end">${formatNumber(tick, 6)}</text>
      `;
    })
  }${
    xTicks.map((tick) =>
      html`<text x="${coordinate(x(tick))}" y="${bottom + 16}" text-anchor="middle">${formatNumber(tick, 6)}</text>`
    )
  }<text class="axis" x="${right}" y="${HEIGHT - 4}" text-anchor="end">${xLabel}</text></g>
${
    level !== undefined && levels.includes(level.value) && html`
      <g class="level">
        <path d="M${EDGE.left} ${coordinate(y(level.value))}H${right}" />
        <text x="${right}" y="${coordinate(y(level.value)) - 4}" text-anchor="end">${level.name}</text>
      </g>
    `
  }
<g class="curves">${curves}</g></svg></figure>`;
}
