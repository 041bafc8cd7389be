/**
 * Scores as comma-separated values: what is not defined is empty, what is infinite "inf", as pandas and R read it.
 *
 * @module
 */
import { csvLine, readCsvLines } from "../core/csv_lines.ts";
import { UserError } from "../core/errors.ts";
import type { Score } from "../segmentation/metrics/score.ts";
import { type ScoreField, scoreFields, type ScoreRow } from "./row.ts";

const COLUMNS = ["case", "class", ...scoreFields] as const;

/** The first line of a file of scores. */
const SCORE_HEADER = csvLine(COLUMNS);

const written = (score: Score) => score === null ? "" : score === Infinity ? "inf" : String(score);

/** The whole file. @throws {UserError} if a name holds a line break. */
export function scoresToCsv(rows: readonly ScoreRow[]): string {
  const lines = rows.map((row) => csvLine([row.case, row.class, ...scoreFields.map((field) => written(row[field]))]));
  return SCORE_HEADER + lines.join("");
}

/** The inverse of {@linkcode scoresToCsv}. @throws {UserError} if a line is not as it was written. */
export function scoresFromCsv(text: string, where: string): ScoreRow[] {
  return readCsvLines(text, COLUMNS, where).map(({ cells, where }) => {
    const scores = scoreFields.map((field) => [field, scoreOf(cells[field], field, where)]);
    return { case: cells.case, class: cells.class, ...Object.fromEntries(scores) } as ScoreRow;
  });
}

function scoreOf(text: string, field: ScoreField, where: string): Score {
  if (text === "") return null;
  const value = text === "inf" ? Infinity : /^-?[\d.]+(e[+-]?\d+)?$/.test(text) ? Number(text) : NaN;
  const isDistance = field === "hd95" || field === "assd", isSigned = field === "volumeDifference";
  const isGood = (isDistance || value < Infinity) && (isSigned || value >= 0) && (isDistance || isSigned || value <= 1);
  if (isGood) return value;
  const range = isSigned ? "a number" : isDistance ? "a number of at least 0, or inf" : "a number from 0 to 1";
  throw new UserError(`reading scores: the column ${field} must hold ${range}, or nothing`, { where, value: text });
}
