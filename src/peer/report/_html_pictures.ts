/** Slices of test cases: image, truth and both predictions side by side. */
import { html, type Markup } from "./_markup.ts";
import { labelColour } from "./_palette.ts";
import type { Preview, RunReport } from "./schema.ts";
import { dataUrl, slicePng } from "./slices.ts";

const TILES = [["truth", "truth"], ["fcl", "FCL"], ["scratch", "from scratch"]] as const;

function tiles(preview: Preview, values: readonly number[]): Markup {
  const tile = (words: string, labels: Uint8Array | null) =>
    html`<figure><img src="${dataUrl(slicePng(preview, labels, values))}" alt="${words} of ${preview.case}">
<figcaption>${words}</figcaption></figure>`;
  return html`<div class="tiles">${tile("image", null)}${
    TILES.map(([key, words]) => preview[key] !== null && tile(words, preview[key]))
  }</div>`;
}

/** One row a case, by site; nothing where no site sent a picture. */
export function picturesSection({ sites, dataset }: RunReport): Markup {
  const withPictures = sites.filter(({ previews }) => previews.length > 0);
  if (withPictures.length === 0) return html``;
  const labels = Object.entries(dataset.labels).map(([value, name]) => ({ value: Number(value), name }))
    .sort((a, b) => a.value - b.value);
  const values = labels.map(({ value }) => value);
  return html`
    <section>
      <h2>What the networks see</h2>
      <p>The axial slice with the most labelled voxels of test cases. Anterior is up; the patient's right is on the left of
    the picture.</p>
      <p class="key">${labels.map(({ name }, i) =>
        html`<span><i class="dot square" style="--c:${labelColour(i)}"></i>${name}</span>`
      )}</p>
      <div class="cases">${withPictures.map((site) =>
        site.previews.map((preview) =>
          html`
            <figure
              class="case"><figcaption>${site.name} <span class="soft">· ${preview.case}, slice ${preview.slice +
                1}</span></figcaption>${tiles(preview, values)}</figure>
          `
        )
      )}</div>
    </section>
  `;
}
