/** The page's answer: how pre-trained and from scratch compare, overall, by structure and by site. */
import { labelNames, siteScore } from "./aggregate.ts";
import { diceChart } from "./dice_chart.ts";
import { formatDice } from "../../display/formats/dice.ts";
import { formatDifference } from "../../display/formats/difference.ts";
import { formatSpread } from "../../display/formats/spread.ts";
import { NONE } from "../../display/formats/none.ts";
import { html, type Markup } from "../../display/markup.ts";
import { htmlTable } from "../../display/tables/html.ts";
import type { MethodScore, RunReport, SiteSpread } from "./schema.ts";
import { hasDice, lackingDice, verdict } from "./verdict.ts";

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
  const cards = html`<div class="cards">
${card("pretrained", `Mean Dice, ${report.objective}`, pretrained, formatDice)}
${card("scratch", "Mean Dice, from scratch", scratch, formatDice)}
${card("", "Difference", difference, formatDifference)}</div>`;
  const lacking = lackingDice(report);
  return html`${hasDice(report) && cards}
<p class="verdict">${verdict(report)}${lacking !== undefined && ` ${lacking}`}</p>
${collapsed.length > 0 && html`<p class="warn">${warning}</p>`}
${missing.map(({ name, reason }) => html`<p class="warn">Not in these figures: ${name}, ${reason}</p>`)}`;
}

function structureTable({ objective, dice, dataset }: RunReport): Markup {
  const { scratch, pretrained, difference } = dice;
  const rowOf = (name: string, label?: string) => {
    const of = (score: MethodScore) => label === undefined ? score : score.perClass[label];
    return [
      name,
      formatSpread(of(scratch)),
      html`<td class="pretrained">${formatSpread(of(pretrained))}</td>`,
      formatSpread(of(difference), formatDifference),
    ];
  };
  const rows = labelNames(dataset).map((label) => rowOf(label, label));
  const total = rows.length !== 1;
  const header = ["Structure", "From scratch", objective, "Difference"];
  return htmlTable({ header, rows: total ? [...rows, rowOf("Mean")] : rows }, { total });
}

function siteTable({ sites, dataset }: RunReport): Markup {
  const labels = labelNames(dataset);
  const pair = (scratch: number | null, pretrained: number | null) =>
    scratch === null && pretrained === null
      ? html`<td class="none">${NONE}</td>`
      : html`<td>${formatDice(scratch)} <span class="soft">→</span> ${formatDice(pretrained)}</td>`;
  return htmlTable({
    header: ["Site", "Training", "Labelled", "Test", ...labels, "Mean", "Difference"],
    rows: sites.map((site) => {
      const scratch = siteScore(site, "scratch", labels);
      const pretrained = siteScore(site, "pretrained", labels);
      const gap = pretrained.mean === null || scratch.mean === null ? null : pretrained.mean - scratch.mean;
      const { training, labelled, test } = site.cases;
      return [
        site.name,
        ...[training, labelled, test].map(String),
        ...labels.map((label) => pair(scratch.perClass[label], pretrained.perClass[label])),
        pair(scratch.mean, pretrained.mean),
        formatDifference(gap),
      ];
    }),
  });
}

/** How many cases each site had for what. */
function casesTable({ sites }: RunReport): Markup {
  return htmlTable({
    header: ["Site", "Training", "Labelled", "Probe", "Test"],
    rows: sites.map(({ name, cases: { training, labelled, probe, test } }) => [
      name,
      ...[training, labelled, probe, test].map(String),
    ]),
  });
}

/** Dice by structure as a chart and a table, and by site; where no site was tested, what cases the sites had. */
export function diceSection(report: RunReport): Markup {
  if (!hasDice(report)) {
    return html`
      <section>
        <h2>Cases by site</h2>
        ${casesTable(report)}
      </section>
    `;
  }
  return html`<section><h2>Dice by structure and site</h2>
<p>On test cases that no step has seen: the mean over a site's cases, then mean ± standard deviation over sites. A
structure that neither truth nor prediction holds is left out.</p>
<div class="split">${diceChart(report)}${structureTable(report)}</div>
<h3>By site, from scratch → ${report.objective}</h3>${siteTable(report)}</section>`;
}
