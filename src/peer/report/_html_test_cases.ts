/** Figures of single test cases, and what they cannot be averaged of. */
import { formatCount } from "../../display/formats/count.ts";
import { formatDice } from "../../display/formats/dice.ts";
import { formatMillimetres } from "../../display/formats/millimetres.ts";
import { html, type Markup } from "../../display/markup.ts";
import { htmlTable } from "../../display/tables/html.ts";
import type { Method } from "../events.ts";
import { labelNames } from "./aggregate.ts";
import { figureCell } from "./_html_pair.ts";
import { hasBaseline, shownMethods } from "./_methods.ts";
import type { CaseDice, RunReport } from "./schema.ts";

/** Says in how many cases HD95 is infinite, and so in no mean: only one of truth and prediction has the structure. */
export function infiniteRemark(report: RunReport): Markup | undefined {
  const { sites, dataset } = report;
  const counts = shownMethods(report).flatMap(({ method, words }) => {
    const cases = sites.flatMap(({ dice }) => dice.filter((entry) => entry.method === method));
    return labelNames(dataset).flatMap((label) => {
      const count = cases.filter(({ hd95 }) => hd95?.[label] === Infinity).length;
      return count === 0 ? [] : [`${label} in ${formatCount(count, "case")} ${words}`];
    });
  });
  if (counts.length === 0) return undefined;
  return html`<p class="note">In no mean of HD95, as only one of truth and prediction holds the structure:
${counts.join(", ")}.</p>`;
}

/** Dice and HD95 of every test case, from scratch and pre-trained. */
export function caseTable(report: RunReport): Markup {
  const { sites, dataset, objective, hd95 } = report;
  const labels = labelNames(dataset);
  const pair = figureCell(report);
  const rows = sites.flatMap(({ dice }) => {
    const of = (name: string, method: Method) => dice.find((entry) => entry.case === name && entry.method === method);
    return [...new Set(dice.map((entry) => entry.case))].map((name) => {
      const [scratch, pretrained] = [of(name, "scratch"), of(name, "pretrained")];
      const distance = (entry: CaseDice | undefined, label: string) => entry?.hd95?.[label] ?? null;
      return [
        name,
        ...labels.flatMap((label) => [
          pair(scratch?.perClass[label] ?? null, pretrained?.perClass[label] ?? null, formatDice),
          ...hd95 ? [pair(distance(scratch, label), distance(pretrained, label), formatMillimetres)] : [],
        ]),
      ];
    });
  });
  const header = ["Case", ...labels.flatMap((label) => hd95 ? [`${label}, Dice`, "HD95"] : [label])];
  return html`<h3>By case${hasBaseline(report) && `, from scratch → ${objective}`}</h3>${htmlTable({ header, rows })}`;
}
