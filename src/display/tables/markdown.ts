import { printable } from "../formats/printable.ts";
import { aligned } from "./_aligned.ts";
import type { Table, TitledTable } from "./table.ts";

/** A table as Markdown, aligned as the formatter would have it, without a line feed at its end. */
export function markdownTable(table: Table): string {
  const { names = 1 } = table;
  const { widths, lines: [header, ...rows] } = aligned(table, (cell) => printable(cell).replaceAll("|", "\\|"));
  const rule = widths.map((width, i) => i < names ? "-".repeat(width) : `${"-".repeat(Math.max(1, width - 1))}:`);
  return [header, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Tables under headings, as Markdown that ends in a line feed. */
export function markdownSections(tables: readonly TitledTable[]): string {
  return tables.map((table) => `## ${table.title}\n\n${table.note}\n\n${markdownTable(table)}\n`).join("\n");
}
