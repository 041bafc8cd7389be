/**
 * Dice against the number of labelled cases, a line a method, with the spread over sites.
 *
 * @module
 */
// @ts-types="npm:@types/d3-scale@4.0.9"
import { scaleLinear, scalePoint } from "d3-scale";
import { formatNumber } from "../../display/formats/number.ts";
import { html, type Markup } from "../../display/markup.ts";
import type { Mode } from "../cell.ts";
import type { ResultRow } from "../results/row.ts";
import { distinct, figureOf } from "../tables/figures.ts";
import { coordinate as at } from "../../display/charts/coordinate.ts";
import { FONT, GRID, INK, methodColour } from "../../display/palette.ts";

const WIDTH = 560, HEIGHT = 340;
const EDGE = { left: 44, right: 150, top: 30, bottom: 40 };
/** Methods lie beside each other at one N, so that their bars do not cover each other. */
const STEP = 5;

/** An SVG document of one mode's rows; points without a figure are left out. */
export function diceByLabels(rows: readonly ResultRow[], mode: Mode): Markup {
  const own = rows.filter((row) => row.mode === mode);
  const counts = distinct(own, "labelled").sort((a, b) => a - b), methods = distinct(rows, "method");
  const x = scalePoint(counts, [EDGE.left + 30, WIDTH - EDGE.right - 30]);
  const y = scaleLinear([0, 1], [HEIGHT - EDGE.bottom, EDGE.top]);
  const lines = methods.map((method, index) => {
    const points = counts.flatMap((n) => {
      const { sites } = figureOf(own.filter((row) => row.method === method && row.labelled === n), "dice");
      const shift = (index - (methods.length - 1) / 2) * STEP;
      return sites.mean === null ? [] : [{ n, x: at(x(n)! + shift), mean: sites.mean, deviation: sites.sd ?? 0 }];
    });
    const path = points.map((point, i) => `${i === 0 ? "M" : "L"}${point.x} ${at(y(point.mean))}`).join("");
    return points.length > 0 &&
      html`<g stroke="${methodColour(index)}" fill="none" stroke-width="1.6"><path d="${path}"/>${
        points.map(({ n, x, mean, deviation }) => {
          const [high, low] = [Math.min(1, mean + deviation), Math.max(0, mean - deviation)];
          return html`
            <path d="M${x} ${at(y(low))}V${at(y(high))}" />
            <circle cx="${x}" cy="${at(y(mean))}" r="3.2" fill="${methodColour(index)}">
              <title>${method}, N = ${n}: ${formatNumber(mean)} ± ${formatNumber(deviation)}</title>
            </circle>
          `;
        })
      }</g>`;
  });
  const key = methods.map((method, i) =>
    html`
      <text x="${WIDTH - EDGE.right + 22}" y="${EDGE.top + 10 + 18 * i}">${method}</text>
      <circle cx="${WIDTH - EDGE.right + 12}" cy="${EDGE.top + 6 + 18 * i}" r="4" fill="${methodColour(i)}" />
    `
  );
  const height = Math.max(HEIGHT, EDGE.top + 18 * (methods.length + 1));
  return html`
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" style="font:${FONT}"
      fill="${INK}" role="img" aria-label="Dice against the number of labelled cases, ${mode} fine-tuning">
    <rect width="${WIDTH}" height="${height}" fill="#fff"/><text x="${EDGE
      .left}" y="18">Dice, ${mode} fine-tuning, mean ± sd over sites</text>
    ${y.ticks(5).map((tick) =>
      html`
        <path d="M${EDGE.left} ${at(y(tick))}H${WIDTH - EDGE.right}" stroke="${GRID}" />
        <text x="${EDGE.left - 8}" y="${at(y(tick)) + 4}" text-anchor="end">${tick}</text>
      `
    )}
    ${counts.map((n) => html`<text x="${at(x(n)!)}" y="${HEIGHT - EDGE.bottom + 18}" text-anchor="middle">${n}</text>`)}
    <text x="${WIDTH - EDGE.right}" y="${HEIGHT - 6}" text-anchor="end">labelled cases a site, N</text>
    ${lines}${key}</svg>
  `;
}
