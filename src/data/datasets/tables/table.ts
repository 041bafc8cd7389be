/**
 * A table that people write: lines of cells under a line of names, from a text editor, a spreadsheet or a program.
 *
 * @module
 */
import { parse } from "@std/csv/parse";
import { UserError } from "../../../core/errors.ts";

/** One line below the header. */
export interface Row {
  /** The file and the line, for errors. */
  readonly where: string;
  /** As many as the header has names. */
  readonly cells: readonly string[];
}

/** A table, its cells without quotes and surrounding blanks, in NFC. */
export interface Table {
  readonly path: string;
  /** Names of columns, as they were written. */
  readonly header: readonly string[];
  readonly rows: readonly Row[];
}

/**
 * Takes a table's text apart: cells between tabs, or, where the header has none, between semicolons or commas; empty
 * lines and empty cells at a line's end count for nothing.
 *
 * @throws {UserError} if two columns have one name, or a row has fewer or more cells than the header.
 */
export function parseTable(text: string, path: string): Table {
  const [first, ...others] = text.split(/\r\n|\n|\r/);
  const separator = ["\t", ";"].find((each) => first.includes(each)) ?? ",";
  const header = withoutEmptyEnd(cellsOf(first, separator));
  const folded = header.map((name) => name.toLowerCase());
  const twice = folded.findIndex((name, i) => folded.indexOf(name) !== i);
  if (twice >= 0) {
    throw new UserError("opening a dataset: every column of a table must have a name of its own", {
      where: `${path}:1`,
      value: header[twice],
    });
  }
  const rows = others.flatMap((line, number): Row[] => {
    const cells = cellsOf(line, separator);
    if (cells.every((cell) => cell === "")) return [];
    const where = `${path}:${number + 2}`;
    if (cells.length < header.length || withoutEmptyEnd(cells).length > header.length) {
      throw new UserError(`opening a dataset: every row must have ${header.length} columns`, {
        where,
        value: cells.join(" "),
      });
    }
    return [{ where, cells: cells.slice(0, header.length) }];
  });
  return { path, header, rows };
}

function cellsOf(line: string, separator: string): string[] {
  const [cells = []]: string[][] = parse(line, { separator, lazyQuotes: true });
  return cells.map((cell) => cell.trim().replace(/^(["'])(.*)\1$/, "$2").trim().normalize());
}

function withoutEmptyEnd(cells: readonly string[]): string[] {
  return cells.slice(0, cells.findLastIndex((cell) => cell !== "") + 1);
}
