/** Columns of equal width, alike in text and in Markdown. */
import stringWidth from "string-width";
import type { Table } from "./table.ts";

/** The cells of the header and of the rows, padded: names to the left, figures to the right. */
export function aligned(
  { header, rows, names = 1 }: Table,
  clean: (cell: string) => string,
): { widths: number[]; lines: string[][] } {
  const all = [header, ...rows].map((row) => row.map(clean));
  const widths = header.map((_, i) => Math.max(...all.map((row) => stringWidth(row[i]))));
  return { widths, lines: all.map((row) => row.map((cell, i) => padded(cell, widths[i], i < names))) };
}

function padded(cell: string, width: number, left: boolean): string {
  const space = " ".repeat(Math.max(0, width - stringWidth(cell)));
  return left ? cell + space : space + cell;
}
