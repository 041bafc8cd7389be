/**
 * What a finished cell has cost: one line of cells.csv, which is written after the cell's rows are on the disk.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { csvLine, readCsvLines } from "../../core/csv_lines.ts";

/** The cost of a cell. */
export interface CellCost {
  /** Wall clock. */
  readonly seconds: number;
  /** Sent between sites. */
  readonly bytes: number;
  /** Energy; null where the machine does not tell. */
  readonly joules: number | null;
}

/** A cell that needs no more running. */
export interface FinishedCell extends CellCost {
  /** See `cellId`. */
  readonly cell: string;
  /** Lines of results.csv that are the cell's. */
  readonly rows: number;
}

/** The columns of cells.csv. */
const CELL_COLUMNS = ["cell", "rows", "seconds", "bytes", "joules"] as const;

/** The first line of cells.csv. */
export const CELL_HEADER = csvLine(CELL_COLUMNS);

/** A finished cell as a line. @throws {RangeError} if a cost is negative or no number. */
export function formatFinished({ cell, rows, seconds, bytes, joules }: FinishedCell): string {
  for (const [name, value] of Object.entries({ seconds, bytes, joules: joules ?? 0 })) {
    if (!(value >= 0 && value < Infinity)) throw new RangeError(`a cell's ${name} must be at least 0, got ${value}`);
  }
  return csvLine([cell, String(rows), String(seconds), String(bytes), joules === null ? "" : String(joules)]);
}

/** Reads cells.csv, strictly. @throws {UserError} if a number is wrong or a cell stands twice. */
export function parseFinished(text: string, path: string): FinishedCell[] {
  const seen = new Set<string>();
  return readCsvLines(text, CELL_COLUMNS, path).map(({ cells, where }) => {
    if (cells.cell === "" || seen.has(cells.cell)) {
      throw new UserError("reading results: each line must name a cell of its own", { where, value: cells.cell });
    }
    seen.add(cells.cell);
    const number = (column: "rows" | "seconds" | "bytes" | "joules") => {
      const value = Number(cells[column]);
      const isNumber = /^[\d.]+(e[+-]?\d+)?$/.test(cells[column]) && Number.isFinite(value);
      if (isNumber && (column !== "rows" || Number.isSafeInteger(value))) return value;
      throw new UserError(`reading results: the column ${column} must hold a number of at least 0`, {
        where,
        value: cells[column],
      });
    };
    return {
      cell: cells.cell,
      rows: number("rows"),
      seconds: number("seconds"),
      bytes: number("bytes"),
      joules: cells.joules === "" ? null : number("joules"),
    };
  });
}
