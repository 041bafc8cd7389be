/**
 * Lines of comma-separated values (RFC 4180) with a fixed header, of which none holds a line break.
 *
 * @module
 */
import { parse } from "@std/csv/parse";
import { stringify } from "@std/csv/stringify";
import { messageOf, UserError } from "./errors.ts";

/** A line's cells by column, and where it stands, as "results.csv:12". */
export interface CsvLine<Column extends string> {
  readonly cells: Readonly<Record<Column, string>>;
  readonly where: string;
}

/** The line of some cells, with its line feed. @throws {UserError} if a cell holds a line break. */
export function csvLine(cells: readonly string[]): string {
  const broken = cells.find((cell) => /[\r\n]/.test(cell));
  if (broken !== undefined) {
    throw new UserError("writing results: a name must not hold a line break", { value: JSON.stringify(broken) });
  }
  return stringify([[...cells]], { headers: false }).replace(/\r\n$/, "\n");
}

/**
 * Reads whole lines under a header.
 *
 * @param text ends in a line feed
 * @param path named in errors
 * @throws {UserError} if the header is not `columns`, or a line has more or fewer cells or bad quotes.
 */
export function readCsvLines<Column extends string>(
  text: string,
  columns: readonly Column[],
  path: string,
): CsvLine<Column>[] {
  const [header, ...lines] = text.split("\n").slice(0, -1);
  if (`${header}\n` !== csvLine(columns)) {
    throw new UserError(`reading results: the first line must be ${columns.join(",")}`, { where: path, value: header });
  }
  return lines.map((line, i) => {
    const where = `${path}:${i + 2}`;
    const cells = readLine(line, where);
    if (cells.length !== columns.length) {
      throw new UserError(`reading results: a line must have ${columns.length} columns`, { where, value: line });
    }
    return {
      cells: Object.fromEntries(columns.map((column, at) => [column, cells[at]])) as Record<Column, string>,
      where,
    };
  });
}

function readLine(line: string, where: string): string[] {
  try {
    return parse(line)[0] ?? [];
  } catch (cause) {
    throw new UserError(`reading results: a line must be comma-separated values: ${messageOf(cause)}`, {
      where,
      value: line,
      cause,
    });
  }
}
