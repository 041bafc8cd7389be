/**
 * Dice at a glance: a row for each structure, from scratch above pre-trained, each site a dot, the mean with its
 * spread.
 *
 * @module
 */
// @ts-types="npm:@types/d3-scale@4.0.9"
import { scaleLinear } from "d3-scale";
import { labelNames, siteScore } from "./aggregate.ts";
import { formatDice } from "../../display/formats/dice.ts";
import { formatNumber } from "../../display/formats/number.ts";
import { formatSpread } from "../../display/formats/spread.ts";
import { html, type Markup } from "../../display/markup.ts";
import type { RunReport, SiteSpread } from "./schema.ts";

const WIDTH = 480;
const ROW = 46;
const EDGE = { left: 100, right: 16, top: 8, bottom: 32 };
/** The longest name that fits beside its row. */
const NAME = 14;

interface Row {
  name: string;
  bold: boolean;
  scratch: SiteSpread;
  pretrained: SiteSpread;
  sites: { name: string; scratch: number | null; pretrained: number | null }[];
}

function rowsOf(report: RunReport): Row[] {
  const labels = labelNames(report.dataset);
  const scores = report.sites.map((site) => ({
    name: site.name,
    scratch: siteScore(site, "scratch", labels),
    pretrained: siteScore(site, "pretrained", labels),
  }));
  const { scratch, pretrained } = report.dice;
  const rows = labels.map((label): Row => ({
    name: label,
    bold: false,
    scratch: scratch.perClass[label],
    pretrained: pretrained.perClass[label],
    sites: scores.map((site) => ({
      name: site.name,
      scratch: site.scratch.perClass[label],
      pretrained: site.pretrained.perClass[label],
    })),
  }));
  const overall: Row = {
    name: "mean",
    bold: true,
    scratch,
    pretrained,
    sites: scores.map((site) => ({ name: site.name, scratch: site.scratch.mean, pretrained: site.pretrained.mean })),
  };
  return rows.length > 1 ? [...rows, overall] : rows;
}

/** The dot chart of every label's Dice and of their mean; an empty figure says so. */
export function diceChart(report: RunReport): Markup {
  const rows = rowsOf(report);
  const values = rows.flatMap((row) => row.sites.flatMap((site) => [site.scratch, site.pretrained]))
    .filter((value): value is number => value !== null);
  if (values.length === 0) {
    return html`
      <figure class="dice">
        <p class="empty">No Dice recorded.</p>
      </figure>
    `;
  }
  const methods = [["scratch", "from scratch", 14], ["pretrained", report.objective, 31]] as const;
  const height = EDGE.top + rows.length * ROW + EDGE.bottom;
  const low = Math.min(...values) < 0.5 ? 0 : 0.5;
  const x = scaleLinear([low, 1], [EDGE.left, WIDTH - EDGE.right]);
  const at = (value: number) => Math.round(x(value) * 10) / 10;
  const bottom = height - EDGE.bottom;
  const body = rows.map((row, i) => {
    const top = EDGE.top + i * ROW;
    const lanes = methods.map(([method, words, offset]) => {
      const { mean, sd } = row[method];
      const y = top + offset;
      const dots = row.sites.map((site) => {
        const value = site[method];
        return value !== null && html`
          <circle class="site" cx="${at(value)}" cy="${y}" r="3">
            <title>${site.name}, ${words}: ${formatDice(value)}</title>
          </circle>
        `;
      });
      return html`<g class="${method}">${dots}${
        mean !== null && sd !== null &&
        html`
          <path d="M${at(Math.max(low, mean - sd))} ${y}H${at(Math.min(1, mean + sd))}" />
        `
      }${
        mean !== null && html`
          <circle cx="${at(mean)}" cy="${y}" r="5.5">
            <title>${row.name}, ${words}: ${formatSpread(row[method])}</title>
          </circle>
        `
      }</g>`;
    });
    const name = row.name.length > NAME ? `${row.name.slice(0, NAME - 1)}…` : row.name;
    return html`${
      i > 0 && html`
        <path class="rule" d="M0 ${top}H${WIDTH}" />
      `
    }
<text class="${row.bold ? "name bold" : "name"}" x="0" y="${top + ROW / 2 + 4}">${name}</text>${lanes}`;
  });
  return html`
    <figure class="dice">
      <svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Dice by structure, from scratch and ${report
        .objective}">
    <g class="grid">${x.ticks(5).map((tick) =>
      html`
        <path d="M${at(tick)} ${EDGE.top}V${bottom}" />
        <text x="${at(tick)}" y="${bottom + 16}" text-anchor="middle">${formatNumber(tick)}</text>
      `
    )}</g>${body}</svg>
      <figcaption class="key"><span><i class="dot scratch"></i>from scratch</span>
    <span><i class="dot pretrained"></i>${report
      .objective}</span><span>large: mean ± sd over sites; small: one site</span></figcaption>
    </figure>
  `;
}
