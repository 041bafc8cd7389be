import { printable } from "../formats/printable.ts";
import { aligned } from "./_aligned.ts";
import type { Table } from "./table.ts";

/** A table for the terminal, without a line feed at its end; names cannot break it. */
export function textTable(table: Table): string {
  const { widths, lines } = aligned(table, printable);
  const rule = widths.map((width) => "─".repeat(width)).join("──");
  const [header, ...rows] = lines.map((cells) => cells.join("  ").trimEnd());
  return [header, rule, ...rows].join("\n");
}
