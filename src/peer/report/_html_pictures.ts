/** Slices of test cases: image, truth and both predictions side by side. */
import type { Method } from "../events.ts";
import { meanOf } from "../../display/statistics.ts";
import { formatDice } from "../../display/formats/dice.ts";
import { legend } from "../../display/legend.ts";
import { html, type Markup } from "../../display/markup.ts";
import { labelColour } from "../../display/palette.ts";
import type { Preview, RunReport, SiteReport } from "./schema.ts";
import { dataUrl, slicePng } from "./slices.ts";

/** Mean Dice of the whole case over its structures; null where it was not tested. */
function caseDice({ dice }: SiteReport, name: string, method: Method): number | null {
  const entry = dice.find((one) => one.case === name && one.method === method);
  return entry === undefined ? null : meanOf(Object.values(entry.perClass));
}

/** Image, truth and predictions of one case in a row. */
function caseRow(
  site: SiteReport,
  preview: Preview,
  { values, objective }: { values: readonly number[]; objective: string },
): Markup {
  const tile = (words: string, labels: Uint8Array | null, dice: number | null = null) =>
    html`<figure><img src="${dataUrl(slicePng(preview, labels, values))}" alt="${words} of ${preview.case}">
<figcaption>${words}${
      dice !== null && html`
        <b>${formatDice(dice)}</b>
      `
    }</figcaption></figure>`;
  const predictions = ([["pretrained", objective], ["scratch", "from scratch"]] as const).map(([method, words]) =>
    preview[method] && tile(words, preview[method], caseDice(site, preview.case, method))
  );
  const place = `· ${preview.case}, slice ${preview.slice + 1}`;
  return html`
    <figure class="case">
      <figcaption>${site.name} <span class="soft">${place}</span></figcaption>
      <div class="tiles">${tile("image", null)}${preview.truth && tile("truth", preview.truth)}${predictions}</div>
    </figure>
  `;
}

/** One row a case, by site; nothing where no site sent a picture. */
export function picturesSection({ sites, dataset, objective, viewer }: RunReport): Markup {
  const rows = sites.flatMap((site) => site.previews.map((preview) => ({ site, preview })));
  if (rows.length === 0) return html``;
  const labels = Object.entries(dataset.labels).map(([value, name]) => ({ value: Number(value), name }))
    .sort((a, b) => a.value - b.value);
  const key = legend(labels.map(({ name }, i) => ({ name, colour: labelColour(i) })), { square: true });
  const values = labels.map(({ value }) => value);
  return html`
    <section>
      <h2>What the networks see</h2>
      <p>Of some test cases, the axial slice with the most labelled voxels. Anterior is up; the patient's right is on the
    left of the picture. Figures are the mean Dice of the whole case.</p>
      ${viewer !== undefined && html`<p class="note">Whole volumes, in slices and 3D, in a browser on this machine:
<code>${viewer}</code></p>`}
      ${key}
      <div class="cases">${rows.map(({ site, preview }) => caseRow(site, preview, { values, objective }))}</div>
    </section>
  `;
}
