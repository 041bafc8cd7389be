/**
 * Dice at a glance: a row for each structure, from scratch above pre-trained, each site a dot, the mean with its
 * spread.
 *
 * @module
 */
import { stripChart, type StripRow } from "../../display/charts/strip_chart.ts";
import { formatDice } from "../../display/formats/dice.ts";
import { legend } from "../../display/legend.ts";
import { html, type Markup } from "../../display/markup.ts";
import { colours } from "../../display/palette.ts";
import { labelNames, siteScore } from "./aggregate.ts";
import { shownMethods } from "./_methods.ts";
import type { RunReport } from "./schema.ts";

function rowsOf(report: RunReport): StripRow[] {
  const labels = labelNames(report.dataset);
  const methods = shownMethods(report).map(({ method, words }) => ({
    ...{ method, words },
    scores: report.sites.map((site) => ({ name: site.name, ...siteScore(site, method, labels) })),
  }));
  const rowOf = (name: string, label?: string): StripRow => ({
    name,
    strong: label === undefined,
    lanes: methods.map(({ method, words, scores }) => {
      const dots = scores.flatMap(({ name, mean, perClass }) => {
        const value = label === undefined ? mean : perClass[label];
        return value === null ? [] : [{ name: `${name}, ${words}`, value }];
      });
      const score = report.dice[method];
      const spread = label === undefined ? score : score.perClass[label];
      return { name: words, colour: colours[method], dots, spread };
    }),
  });
  const rows = labels.map((label) => rowOf(label, label));
  return rows.length > 1 ? [...rows, rowOf("mean")] : rows;
}

/** The dot chart of every label's Dice and of their mean; an empty figure says so. */
export function diceChart(report: RunReport): Markup {
  const methods = shownMethods(report);
  const rows = rowsOf(report);
  const values = rows.flatMap(({ lanes }) => lanes.flatMap(({ dots }) => dots.map(({ value }) => value)));
  if (values.length === 0) {
    return html`
      <figure class="dice">
        <p class="empty">No Dice recorded.</p>
      </figure>
    `;
  }
  const chart = stripChart(rows, {
    label: `Dice by structure, ${methods.map(({ words }) => words).join(" and ")}`,
    low: Math.min(...values) < 0.5 ? 0 : 0.5,
    ...{ width: 480, names: 110, format: formatDice },
  });
  const key = legend(methods.map(({ method, words }) => ({ name: words, colour: colours[method] })), {
    note: "large: mean ± sd over sites; small: one site",
  });
  return html`
    <figure class="dice">
      ${chart}
      <figcaption>${key}</figcaption>
    </figure>
  `;
}
