import { html, Markup } from "../markup.ts";
import type { Table, TitledTable } from "./table.ts";

/** A table of which some cells are more than text. */
export interface HtmlTable extends Pick<Table, "header"> {
  /** The first cell of each row names it. A cell of markup is a whole `<td>`. */
  readonly rows: readonly (readonly (string | Markup)[])[];
}

/** How a table looks. */
export interface HtmlTableOptions {
  /** The last row sums up or averages the others. @default false */
  total?: boolean;
  /** A class of the page's own style sheet. @default none */
  kind?: string;
}

/** A table that scrolls by itself where it is too wide for the page; everything in it that is not markup is escaped. */
export function htmlTable({ header, rows }: HtmlTable, options: HtmlTableOptions = {}): Markup {
  const { total = false, kind } = options;
  const cellOf = (cell: string | Markup) => cell instanceof Markup ? cell : html`<td>${cell}</td>`;
  const drawn = rows.map(([name, ...cells], i) => {
    const row = html`<th scope="row">${name}</th>${cells.map(cellOf)}`;
    return total && i === rows.length - 1 ? html`<tr class="total">${row}</tr>` : html`<tr>${row}</tr>`;
  });
  const inside = html`
    <thead>
      <tr>${header.map((cell) => html`<th scope="col">${cell}</th>`)}</tr>
    </thead>
    <tbody>${drawn}</tbody>
  `;
  return html`<div class="scroll">${
    kind === undefined ? html`<table>${inside}</table>` : html`<table class="${kind}">${inside}</table>`
  }</div>`;
}

/** A table under its title and note. */
export function htmlSection(table: TitledTable): Markup {
  return html`
    <section>
      <h2>${table.title}</h2>
      <p>${table.note}</p>
      ${htmlTable(table)}
    </section>
  `;
}
