/**
 * The results in long form: one line for each class of each test case in each cell.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import type { ClassMeasures } from "../../segmentation/metrics/measure.ts";
import type { Score } from "../../segmentation/metrics/score.ts";
import { type Cell, cellId, type Mode, MODES } from "../cell.ts";
import { csvLine, readCsvLines } from "./csv_lines.ts";

/** One class of one test case. */
export interface ResultRow extends Cell, ClassMeasures {
  readonly site: string;
  readonly case: string;
  readonly class: string;
}

/** The columns of results.csv. */
export const RESULT_COLUMNS = [
  "method",
  "mode",
  "labelled",
  "fold",
  "seed",
  "site",
  "case",
  "class",
  "dice",
  "hd95",
  "assd",
] as const;

type Column = typeof RESULT_COLUMNS[number];

/** The first line of results.csv. */
export const RESULT_HEADER = csvLine(RESULT_COLUMNS);

/**
 * A row as a line. Figures are written so that they read back as they were; one that is not defined is left empty, an
 * infinite one is "inf", which R and pandas read as such.
 *
 * @throws {RangeError} if a figure is out of range.
 * @throws {UserError} if a name is empty or holds a line break.
 */
export function formatRow(row: ResultRow): string {
  cellId(row);
  for (const name of ["site", "case", "class"] as const) {
    if (row[name] === "") throw new UserError("writing results: a name must not be empty", { where: name });
  }
  return csvLine(RESULT_COLUMNS.map((column) => {
    const value = row[column];
    if (typeof value === "string") return value;
    if ((column === "dice" || column === "hd95" || column === "assd") && !isScore(value, column)) {
      throw new RangeError(`a figure must be in range, got ${value} for ${column} of ${row.case}`);
    }
    return value === null ? "" : value === Infinity ? "inf" : String(value);
  }));
}

/**
 * Reads results.csv, strictly.
 *
 * @param text whole lines, the last with its line feed
 * @param path named in errors
 * @throws {UserError} if the header, a number, a mode or a figure's range is wrong, or one class of one case is told
 * twice in a cell.
 */
export function parseRows(text: string, path: string): ResultRow[] {
  const seen = new Set<string>();
  return readCsvLines(text, RESULT_COLUMNS, path).map(({ cells, where }) => {
    const row: ResultRow = {
      method: name(cells, "method", where),
      mode: mode(cells, where),
      labelled: whole(cells, "labelled", where),
      fold: whole(cells, "fold", where),
      seed: whole(cells, "seed", where),
      site: name(cells, "site", where),
      case: name(cells, "case", where),
      class: name(cells, "class", where),
      dice: score(cells, "dice", where),
      hd95: score(cells, "hd95", where),
      assd: score(cells, "assd", where),
    };
    const key = JSON.stringify(RESULT_COLUMNS.slice(0, 8).map((column) => row[column]));
    if (seen.has(key)) {
      throw new UserError("reading results: one class of one case must stand once in a cell", {
        where,
        value: [row.site, row.case, row.class].join(", "),
      });
    }
    seen.add(key);
    return row;
  });
}

type Cells = Readonly<Record<Column, string>>;

function name(cells: Cells, column: Column, where: string): string {
  const value = cells[column];
  const isMethod = column !== "method" || /^[a-z0-9]+(-[a-z0-9]+)*$/.test(value);
  if (value !== "" && isMethod) return value;
  throw new UserError(`reading results: the column ${column} must hold a name`, { where, value });
}

function mode(cells: Cells, where: string): Mode {
  const found = MODES.find((one) => one === cells.mode);
  if (found !== undefined) return found;
  throw new UserError(`reading results: the mode must be one of ${MODES.join(", ")}`, { where, value: cells.mode });
}

function whole(cells: Cells, column: Column, where: string): number {
  const value = Number(cells[column]);
  if (/^\d+$/.test(cells[column]) && Number.isSafeInteger(value)) return value;
  throw new UserError(`reading results: the column ${column} must hold an integer of at least 0`, {
    where,
    value: cells[column],
  });
}

function score(cells: Cells, column: Metric, where: string): Score {
  const text = cells[column];
  if (text === "") return null;
  const value = text === "inf" ? Infinity : /^[\d.]+(e[+-]?\d+)?$/.test(text) ? Number(text) : NaN;
  if (isScore(value, column)) return value;
  const range = column === "dice" ? "a number from 0 to 1" : "a distance in mm, or inf";
  throw new UserError(`reading results: the column ${column} must hold ${range}, or nothing`, { where, value: text });
}

/** A figure of a {@linkcode ResultRow}. */
export type Metric = keyof ClassMeasures;

function isScore(value: Score, column: Metric): boolean {
  return value === null || value >= 0 && (column !== "dice" || value <= 1);
}
