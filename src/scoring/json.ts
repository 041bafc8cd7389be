/**
 * Scores as JSON: an array of rows, in which null stands for what is not defined and for what is infinite.
 *
 * @module
 */
import * as v from "valibot";
import { UserError } from "../core/errors.ts";
import type { ScoreRow } from "./row.ts";

const share = v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1)));
const distance = v.nullable(v.pipe(v.number(), v.minValue(0)));

const schema = v.array(v.object({
  case: v.string(),
  class: v.string(),
  dice: share,
  iou: share,
  hd95: distance,
  assd: distance,
  surfaceDice: share,
  volumeDifference: v.nullable(v.number()),
}));

/** The rows as one JSON array, without a line feed at its end. */
export function scoresToJson(rows: readonly ScoreRow[]): string {
  return JSON.stringify(rows);
}

/**
 * The inverse of {@linkcode scoresToJson}: a distance is infinite again where Dice is defined and it is null, which
 * is what a structure that was missed or made up has.
 *
 * @param value the parsed text
 * @param where its file, for errors
 * @throws {UserError} naming the first field that is missing or wrong.
 */
export function scoresFromJson(value: unknown, where: string): ScoreRow[] {
  const result = v.safeParse(schema, value);
  if (!result.success) {
    const [issue] = result.issues;
    throw new UserError(`reading scores: they must be as deno task score --json writes them; ${issue.message}`, {
      ...{ where, value: v.getDotPath(issue) ?? undefined },
    });
  }
  const infinite = (row: ScoreRow, figure: number | null) => figure === null && row.dice !== null ? Infinity : figure;
  return result.output.map((row) => ({ ...row, hd95: infinite(row, row.hd95), assd: infinite(row, row.assd) }));
}
