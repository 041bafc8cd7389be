/** Dots in lanes: the form that the plots by class and by case share. */
// @ts-types="npm:@types/d3-scale@4.0.9"
import { scaleLinear } from "d3-scale";
import { formatNumber } from "../formats/number.ts";
import { html, type Markup } from "../markup.ts";
import type { Spread } from "../statistics.ts";
import { FONT, GRID, INK } from "../palette.ts";
import { coordinate as at } from "./coordinate.ts";

/** One lane. */
export interface Lane {
  readonly name: string;
  readonly colour: string;
  /** The small dots, in [0, 1]. */
  readonly dots: readonly { readonly name: string; readonly value: number }[];
  /** The large dot and its bar. */
  readonly spread: Spread;
}

const WIDTH = 620, LANE = 22;
const EDGE = { left: 190, right: 20, top: 34, bottom: 30 };

/** An SVG document with one lane below the other, over an axis from 0 to 1. */
export function lanesPlot(title: string, lanes: readonly Lane[]): Markup {
  const height = EDGE.top + LANE * lanes.length + EDGE.bottom;
  const x = scaleLinear([0, 1], [EDGE.left, WIDTH - EDGE.right]);
  const bottom = height - EDGE.bottom;
  const drawn = lanes.map(({ name, colour, dots, spread: { mean, sd } }, i) => {
    const y = EDGE.top + LANE * i + LANE / 2;
    const [low, high] = [Math.max(0, (mean ?? 0) - (sd ?? 0)), Math.min(1, (mean ?? 0) + (sd ?? 0))];
    return html`
      <text x="${EDGE.left - 10}" y="${y + 4}" text-anchor="end">${name}</text>
      <g fill="${colour}" stroke="${colour}">${dots.map((dot) =>
        html`
          <circle cx="${at(x(dot.value))}" cy="${y}" r="2.6" fill-opacity="0.35" stroke="none">
            <title>${dot.name}: ${formatNumber(dot.value)}</title>
          </circle>
        `
      )}${mean !== null &&
        html`
          <path d="M${at(x(low))} ${y}H${at(x(high))}" stroke-width="1.8" />
          <circle cx="${at(x(mean))}" cy="${y}" r="4.6">
            <title>${name}: ${formatNumber(mean)} ± ${formatNumber(sd)}</title>
          </circle>
        `}</g>
    `;
  });
  return html`
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" style="font:${FONT}"
      fill="${INK}" role="img" aria-label="${title}">
    <rect width="${WIDTH}" height="${height}" fill="#fff"/><text x="10" y="18">${title}</text>
    ${x.ticks(5).map((tick) =>
      html`
        <path d="M${at(x(tick))} ${EDGE.top}V${bottom}" stroke="${GRID}" />
        <text x="${at(x(tick))}" y="${bottom + 18}" text-anchor="middle">${tick}</text>
      `
    )}
    ${drawn}</svg>
  `;
}
