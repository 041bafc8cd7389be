/**
 * A table before it is written as Markdown or HTML.
 *
 * @module
 */
import { html, htmlTable, type Markup } from "../../peer/report/markup.ts";
import { table as asText } from "../../peer/report/table.ts";

/** A table with its title. */
export interface Table {
  readonly title: string;
  /** What the figures mean. */
  readonly note: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Tables under headings, as Markdown that ends in a line feed. */
export function tablesAsMarkdown(tables: readonly Table[]): string {
  return tables.map(({ title, note, header, rows }) =>
    `## ${title}\n\n${note}\n\n${asText(header, rows, { markdown: true })}\n`
  ).join("\n");
}

/** A table as a section of a page. */
export function tableAsHtml({ title, note, header, rows }: Table): Markup {
  return html`
    <section>
      <h2>${title}</h2>
      <p>${note}</p>
      ${htmlTable(header, rows)}
    </section>
  `;
}
