/** Which cases served for what, by name. */
import { formatCount } from "../../display/formats/count.ts";
import { html, type Markup } from "../../display/markup.ts";
import type { CaseCounts } from "../events.ts";
import type { RunReport, SiteReport } from "./schema.ts";

/** What cases serve for, in the words of the page. */
const USES: readonly (readonly [keyof CaseCounts, string])[] = [
  ["training", "trained on, without their labels"],
  ["labelled", "labels used for fine-tuning"],
  ["probe", "kept out, to measure the representation"],
  ["test", "tested on"],
];

/** Beyond so many names a list is folded. */
const OPEN = 60;

function siteCases({ name, cases, caseNames }: SiteReport): Markup {
  const counts = `${cases.training} training, ${cases.labelled} labelled, ${cases.probe} probe, ${cases.test} test`;
  if (caseNames === undefined) {
    return html`<p class="uses">${name}: ${counts}; an older report, without their names</p>`;
  }
  const total = USES.reduce((sum, [use]) => sum + caseNames[use].length, 0);
  const lists = USES.map(([use, words]) => {
    const names = caseNames[use];
    return html`
      <dt>${use}, ${words}</dt>
      <dd>${names.length === 0 ? "none" : names.join(", ")}</dd>
    `;
  });
  const inside = html`
    <summary>${name} <span class="soft">${counts}</span></summary>
    <dl>${lists}</dl>
  `;
  return total > OPEN
    ? html`<details class="uses">${inside}</details>`
    : html`<details class="uses" open>${inside}</details>`;
}

/** The names of each site's cases by use; nothing of a run whose reports do not tell any. */
export function casesSection({ sites }: RunReport): Markup {
  if (sites.every(({ caseNames }) => caseNames === undefined)) return html``;
  const labelled = sites.reduce((sum, { cases }) => sum + cases.labelled, 0);
  const without = labelled === 0 ? " None was labelled." : "";
  return html`<section><h2>Which cases</h2>
<p>Labelled cases are among the training cases; no person is on two sides of training, probe and test.
${formatCount(sites.reduce((sum, { cases }) => sum + cases.test, 0), "case")} tested.${without}</p>
${sites.map(siteCases)}</section>`;
}
