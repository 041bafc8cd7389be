/**
 * The results in long form: one line for each class of each test case in each cell.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import type { ClassMeasures } from "../../segmentation/metrics/measure.ts";
import { canBe, type Metric } from "../../segmentation/metrics/metric.ts";
import { metrics } from "../../segmentation/metrics/metrics.ts";
import type { Score } from "../../segmentation/metrics/score.ts";
import { type Cell, cellId, type Mode, MODES } from "../cell.ts";
import { csvLine, readCsvLines } from "../../core/csv_lines.ts";

/** One class of one test case. */
export interface ResultRow extends Cell {
  /** The site's name. */
  readonly site: string;
  /** The test case's id. */
  readonly case: string;
  /** The label's name. */
  readonly class: string;
  /** By the metric's name. */
  readonly measures: ClassMeasures;
}

/** The columns that say what is measured; those of the metrics follow. */
const KEY_COLUMNS = ["method", "mode", "labelled", "fold", "seed", "site", "case", "class"] as const;

type KeyColumn = typeof KEY_COLUMNS[number];

/** The columns of results.csv. @throws {UserError} if a metric is called as another column. */
export function resultColumns(): readonly string[] {
  const taken = KEY_COLUMNS.find((column) => metrics.names.includes(column));
  if (taken !== undefined) {
    throw new UserError("writing results: a metric must not be called as another column", { value: taken });
  }
  return [...KEY_COLUMNS, ...metrics.names];
}

/** The first line of results.csv. */
export function resultHeader(): string {
  return csvLine(resultColumns());
}

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
  const figures = Array.from(metrics, (metric) => {
    const value = row.measures[metric.name] ?? null;
    if (!canBe(metric, value)) {
      throw new RangeError(`a figure must be in range, got ${value} for ${metric.name} of ${row.case}`);
    }
    return value === null ? "" : value === Infinity ? "inf" : String(value);
  });
  return csvLine([...KEY_COLUMNS.map((column) => String(row[column])), ...figures]);
}

/**
 * Reads results.csv, strictly. Of a metric that the file has no column for, no figure is defined.
 *
 * @param text whole lines, the last with its line feed
 * @param path named in errors
 * @throws {UserError} if the header, a number, a mode or a figure's range is wrong, or one class of one case is told
 * twice in a cell.
 */
export function parseRows(text: string, path: string): ResultRow[] {
  const seen = new Set<string>();
  return readCsvLines(text, columnsOf(text), path).map(({ cells, where }) => {
    const row: ResultRow = {
      method: name(cells, "method", where),
      mode: mode(cells, where),
      labelled: whole(cells, "labelled", where),
      fold: whole(cells, "fold", where),
      seed: whole(cells, "seed", where),
      site: name(cells, "site", where),
      case: name(cells, "case", where),
      class: name(cells, "class", where),
      measures: Object.fromEntries(Array.from(metrics, (metric) => [metric.name, score(cells, metric, where)])),
    };
    const key = JSON.stringify(KEY_COLUMNS.map((column) => row[column]));
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

/** The columns that `text` has: the file may be older than some of the metrics. All, where it has others. */
function columnsOf(text: string): readonly string[] {
  const columns = resultColumns(), found = text.slice(0, text.indexOf("\n")).split(",");
  const isOlder = KEY_COLUMNS.every((column, i) => found[i] === column) &&
    found.every((column, i) => columns.includes(column) && found.indexOf(column) === i);
  return isOlder ? found : columns;
}

type Cells = Readonly<Record<string, string>>;

function name(cells: Cells, column: KeyColumn, where: string): string {
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

function whole(cells: Cells, column: KeyColumn, where: string): number {
  const value = Number(cells[column]);
  if (/^\d+$/.test(cells[column]) && Number.isSafeInteger(value)) return value;
  throw new UserError(`reading results: the column ${column} must hold an integer of at least 0`, {
    where,
    value: cells[column],
  });
}

function score(cells: Cells, metric: Metric, where: string): Score {
  const { name, unit, range: [least, greatest], infinite } = metric;
  const text = cells[name] ?? "";
  if (text === "") return null;
  const value = text === "inf" ? Infinity : /^-?[\d.]+(e[+-]?\d+)?$/.test(text) ? Number(text) : NaN;
  if (canBe(metric, value)) return value;
  const range = least === -Infinity
    ? ""
    : greatest === Infinity
    ? ` of at least ${least}`
    : ` from ${least} to ${greatest}`;
  const rule = `a number${range}${unit === null ? "" : ` in ${unit}`}${infinite ? ", or inf" : ""}, or nothing`;
  throw new UserError(`reading results: the column ${name} must hold ${rule}`, { where, value: text });
}
