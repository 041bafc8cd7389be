import { html, type Markup } from "../markup.ts";
import type { Table, TitledTable } from "./table.ts";

/** A table of plain cells; the first of each row names it. */
export function htmlTable({ header, rows }: Table): Markup {
  return html`
    <table>
      <thead>
        <tr>${header.map((cell) => html`<th scope="col">${cell}</th>`)}</tr>
      </thead>
      <tbody>${rows.map(([name, ...cells]) =>
        html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`
      )}</tbody>
    </table>
  `;
}

/** A table under its title and note. */
export function htmlSection(table: TitledTable): Markup {
  return html`
    <section>
      <h2>${table.title}</h2>
      <p>${table.note}</p>
      <div class="scroll">${htmlTable(table)}</div>
    </section>
  `;
}
