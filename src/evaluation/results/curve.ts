/**
 * Dice on the way: what networks had come to before the end of their fine-tuning, one line for each class of each test
 * case at each of the steps.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { type Cell, cellId, MODES } from "../cell.ts";
import { csvLine, readCsvLines } from "../../core/csv_lines.ts";

/** One class of one test case after some steps. */
export interface CurveRow extends Cell {
  /** Steps that were done, from 1. */
  readonly step: number;
  /** The site's name. */
  readonly site: string;
  /** The test case's id. */
  readonly case: string;
  /** The label's name. */
  readonly class: string;
  /** From 0 to 1; null where neither truth nor prediction holds the class. */
  readonly dice: number | null;
}

const COLUMNS = ["method", "mode", "labelled", "fold", "seed", "step", "site", "case", "class", "dice"] as const;

/** The first line of curves.csv. */
export const CURVE_HEADER = csvLine(COLUMNS);

/** A row as a line. @throws {RangeError} if a figure is out of range. */
export function formatCurveRow(row: CurveRow): string {
  cellId(row);
  if (!(Number.isSafeInteger(row.step) && row.step >= 1)) {
    throw new RangeError(`a step must be an integer of at least 1, got ${row.step}`);
  }
  if (row.dice !== null && !(row.dice >= 0 && row.dice <= 1)) {
    throw new RangeError(`Dice must be from 0 to 1, got ${row.dice}`);
  }
  return csvLine(COLUMNS.map((column) => row[column] === null ? "" : String(row[column])));
}

/** Reads curves.csv, strictly. @throws {UserError} if the header or a line is not as it was written. */
export function parseCurve(text: string, path: string): CurveRow[] {
  return readCsvLines(text, COLUMNS, path).map(({ cells, where }) => {
    const refuse = (column: typeof COLUMNS[number], what: string): never => {
      throw new UserError(`reading results: the column ${column} must hold ${what}`, { where, value: cells[column] });
    };
    const whole = (column: typeof COLUMNS[number]) =>
      /^\d+$/.test(cells[column]) ? Number(cells[column]) : refuse(column, "an integer of at least 0");
    const mode = MODES.find((one) => one === cells.mode) ?? refuse("mode", `one of ${MODES.join(", ")}`);
    const dice = cells.dice === "" ? null : Number(cells.dice);
    if (dice !== null && !(dice >= 0 && dice <= 1)) refuse("dice", "a number from 0 to 1, or nothing");
    const { method, site, case: id, class: name } = cells;
    const counts = { labelled: whole("labelled"), fold: whole("fold"), seed: whole("seed"), step: whole("step") };
    return { method, mode, ...counts, site, case: id, class: name, dice };
  });
}
