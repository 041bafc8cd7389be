import { markdownTable } from "./markdown.ts";
import type { Table } from "./table.ts";
import { textTable } from "./text.ts";

/** How a table is written. */
export interface TableOptions {
  /** A Markdown table instead of plain text. @default false */
  markdown?: boolean;
}

/** A table as plain text or as Markdown, for commands that can do either; without a line feed at its end. */
export function writeTable(table: Table, { markdown = false }: TableOptions = {}): string {
  return markdown ? markdownTable(table) : textTable(table);
}
