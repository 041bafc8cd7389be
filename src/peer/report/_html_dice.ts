/** The page's answer: how pre-trained and from scratch compare, overall, by structure, by site and by case. */
import { hasDistances, labelNames, siteScore } from "./aggregate.ts";
import { caseTable, infiniteRemark } from "./_html_test_cases.ts";
import { figureCell } from "./_html_pair.ts";
import { hasBaseline } from "./_methods.ts";
import { cutRemarks } from "./part.ts";
import { diceChart } from "./dice_chart.ts";
import { formatDice } from "../../display/formats/dice.ts";
import { formatDifference } from "../../display/formats/difference.ts";
import { formatMillimetres } from "../../display/formats/millimetres.ts";
import { formatSpread } from "../../display/formats/spread.ts";
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
  const compared = hasBaseline(report) && [
    card("scratch", "Mean Dice, from scratch", scratch, formatDice),
    card("", "Difference", difference, formatDifference),
  ];
  const cards = html`<div class="cards">
${card("pretrained", `Mean Dice, ${report.objective}`, pretrained, formatDice)}
${compared}</div>`;
  const lacking = lackingDice(report);
  return html`${hasDice(report) && cards}
<p class="verdict">${verdict(report)}${lacking !== undefined && ` ${lacking}`}</p>
${collapsed.length > 0 && html`<p class="warn">${warning}</p>`}
${cutRemarks(report.sites).map((remark) => html`<p class="warn">${remark}</p>`)}
${missing.map(({ name, reason }) => html`<p class="warn">Not in these figures: ${name}, ${reason}</p>`)}`;
}

function structureTable(report: RunReport): Markup {
  const { objective, dice, hd95, dataset } = report;
  const isCompared = hasBaseline(report);
  const rowOf = (name: string, label?: string) => {
    const of = (score: MethodScore) => label === undefined ? score : score.perClass[label];
    const millimetres = (score: MethodScore) => formatSpread(of(score), formatMillimetres, 1);
    return [
      name,
      ...isCompared ? [formatSpread(of(dice.scratch))] : [],
      html`<td class="pretrained">${formatSpread(of(dice.pretrained))}</td>`,
      ...isCompared ? [formatSpread(of(dice.difference), formatDifference)] : [],
      ...hd95 && isCompared ? [millimetres(hd95.scratch)] : [],
      ...hd95 ? [html`<td class="pretrained">${millimetres(hd95.pretrained)}</td>`] : [],
    ];
  };
  const rows = labelNames(dataset).map((label) => rowOf(label, label));
  const total = rows.length !== 1;
  const header = [
    ...isCompared
      ? ["Structure", "Dice from scratch", `Dice ${objective}`, "Difference"]
      : ["Structure", `Dice ${objective}`],
    ...hd95 && isCompared ? ["HD95 from scratch"] : [],
    ...hd95 ? [`HD95 ${objective}`] : [],
  ];
  return htmlTable({ header, rows: total ? [...rows, rowOf("Mean")] : rows }, { total });
}

function siteTable(report: RunReport): Markup {
  const { sites, dataset } = report;
  const labels = labelNames(dataset);
  const isCompared = hasBaseline(report);
  const pair = figureCell(report);
  const isMeasured = sites.some(hasDistances);
  return htmlTable({
    header: [
      ...["Site", "Training", "Labelled", "Test", ...labels, "Mean"],
      ...isCompared ? ["Difference"] : [],
      ...isMeasured ? ["Mean HD95"] : [],
    ],
    rows: sites.map((site) => {
      const scratch = siteScore(site, "scratch", labels);
      const pretrained = siteScore(site, "pretrained", labels);
      const gap = pretrained.mean === null || scratch.mean === null ? null : pretrained.mean - scratch.mean;
      const apart = (method: "scratch" | "pretrained") => siteScore(site, method, labels, "hd95").mean;
      const { training, labelled, test } = site.cases;
      return [
        site.name,
        ...[training, labelled, test].map(String),
        ...labels.map((label) => pair(scratch.perClass[label], pretrained.perClass[label], formatDice)),
        pair(scratch.mean, pretrained.mean, formatDice),
        ...isCompared ? [formatDifference(gap)] : [],
        ...isMeasured ? [pair(apart("scratch"), apart("pretrained"), formatMillimetres)] : [],
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

/** Dice and HD95 by structure as a chart and a table, and by site; where no site was tested, what cases there were. */
export function diceSection(report: RunReport): Markup {
  if (!hasDice(report)) {
    return html`
      <section>
        <h2>Cases by site</h2>
        ${casesTable(report)}
      </section>
    `;
  }
  const { isOwn = false, hd95, objective } = report;
  const means = isOwn
    ? "the mean over this site's cases"
    : "the mean over a site's cases, then mean ± standard deviation over sites";
  return html`<section><h2>${hd95 ? "Dice and HD95" : "Dice"} by structure${isOwn ? "" : " and site"}</h2>
<p>On test cases that no step has seen: ${means}. A structure that neither truth nor prediction holds is left
out.${hd95 && " HD95, in mm, is how far the two surfaces are apart, but for the farthest 5 %."}</p>
${diceChart(report)}${structureTable(report)}${infiniteRemark(report)}
<h3>By site${hasBaseline(report) && `, from scratch → ${objective}`}</h3>${siteTable(report)}${
    isOwn && caseTable(report)
  }</section>`;
}
