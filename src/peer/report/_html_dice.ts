/** The page's answer: how pre-trained and from scratch compare, overall, by structure and by site. */
import { labelNames, siteScore } from "./aggregate.ts";
import { diceChart } from "./dice_chart.ts";
import { formatDice } from "../../display/formats/dice.ts";
import { formatDifference } from "../../display/formats/difference.ts";
import { formatSpread } from "../../display/formats/spread.ts";
import { NONE } from "../../display/formats/none.ts";
import { html, type Markup } from "../../display/markup.ts";
import type { RunReport, SiteSpread } from "./schema.ts";
import { verdict } from "./verdict.ts";

function card(kind: string, title: string, { mean, sd }: SiteSpread, format: (value: number | null) => string): Markup {
  return html`<div class="card ${kind}"><span>${title}</span><b>${format(mean)}</b>
<span>${sd === null ? "one site, no spread" : `± ${sd.toFixed(3)} over sites`}</span></div>`;
}

/** Mean Dice of both methods, their difference, and what it amounts to. */
export function headline(report: RunReport): Markup {
  const { missing = [] } = report;
  const { pretrained, scratch, difference } = report.dice;
  const collapsed = report.sites.filter(({ rounds }) => rounds.at(-1)?.health?.collapsed).map(({ name }) => name);
  const warning =
    `The representation has collapsed at ${collapsed.join(", ")}: different places map to almost the same ` +
    `embedding. Read the figures of ${report.objective} with that in mind.`;
  return html`<div class="cards">
${card("pretrained", `Mean Dice, ${report.objective}`, pretrained, formatDice)}
${card("scratch", "Mean Dice, from scratch", scratch, formatDice)}
${card("", "Difference", difference, formatDifference)}</div>
<p class="verdict">${verdict(report)}</p>
${collapsed.length > 0 && html`<p class="warn">${warning}</p>`}
${missing.map(({ name, reason }) => html`<p class="warn">Not in these figures: ${name}, ${reason}</p>`)}`;
}

function structureRow(
  name: string,
  scratch: SiteSpread,
  pretrained: SiteSpread,
  difference: SiteSpread,
  total = false,
): Markup {
  return html`
    <tr class="${total ? "total" : "structure"}">
      <th scope="row">${name}</th>
      <td>${formatSpread(scratch)}</td>
      <td class="pretrained">${formatSpread(pretrained)}</td>
      <td>${formatSpread(difference, formatDifference)}</td>
    </tr>
  `;
}

function structureTable({ objective, dice, dataset }: RunReport): Markup {
  const labels = labelNames(dataset);
  return html`
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Structure</th>
            <th scope="col">From scratch</th>
            <th scope="col">${objective}</th>
            <th scope="col">Difference</th>
          </tr>
        </thead>
        <tbody>
    ${labels.map((label) =>
      structureRow(
        label,
        dice.scratch.perClass[label],
        dice.pretrained.perClass[label],
        dice.difference.perClass[label],
      )
    )}
    ${labels.length !== 1 && structureRow("Mean", dice.scratch, dice.pretrained, dice.difference, true)}
        </tbody>
      </table>
    </div>
  `;
}

function siteTable({ sites, dataset }: RunReport): Markup {
  const labels = labelNames(dataset);
  const pair = (scratch: number | null, pretrained: number | null) =>
    scratch === null && pretrained === null
      ? html`<td class="none">${NONE}</td>`
      : html`<td>${formatDice(scratch)} <span class="soft">→</span> ${formatDice(pretrained)}</td>`;
  return html`
    <div class="scroll">
      <table>
        <thead>
          <tr><th scope="col">Site</th><th scope="col">Training</th>
    <th scope="col">Labelled</th><th scope="col">Test</th>${labels.map((label) => html`<th scope="col">${label}</th>`)}
    <th scope="col">Mean</th><th scope="col">Difference</th></tr>
        </thead>
        <tbody>
    ${sites.map((site) => {
      const scratch = siteScore(site, "scratch", labels);
      const pretrained = siteScore(site, "pretrained", labels);
      const gap = pretrained.mean === null || scratch.mean === null ? null : pretrained.mean - scratch.mean;
      return html`<tr><th scope="row">${site.name}</th><td>${site.cases.training}</td><td>${site.cases.labelled}</td>
<td>${site.cases.test}</td>${labels.map((label) => pair(scratch.perClass[label], pretrained.perClass[label]))}
${pair(scratch.mean, pretrained.mean)}<td>${formatDifference(gap)}</td></tr>`;
    })}</tbody>
      </table>
    </div>
  `;
}

/** Dice by structure as a chart and a table, and by site. */
export function diceSection(report: RunReport): Markup {
  return html`<section><h2>Dice by structure and site</h2>
<p>On test cases that no step has seen: the mean over a site's cases, then mean ± standard deviation over sites. A
structure that neither truth nor prediction holds is left out.</p>
<div class="split">${diceChart(report)}${structureTable(report)}</div>
<h3>By site, from scratch → ${report.objective}</h3>${siteTable(report)}</section>`;
}
