/**
 * Which predictions lie in a folder, and by which model and choice: what is done is not done again, and predictions of
 * two models are never taken for those of one.
 *
 * @module
 */
import { join } from "@std/path";
import * as v from "valibot";
import { messageOf, UserError } from "../core/errors.ts";
import { writeAtomically } from "../core/files.ts";
import { integer, oneOf, parseSettings, text } from "../core/settings.ts";
import { readJsonIfThere } from "../core/text_files.ts";
import { AXES } from "../data/augmentation/mirror.ts";
import type { PredictionChoice } from "./predictor.ts";

/** How a case was predicted. */
export interface PredictedBy extends PredictionChoice {
  /** SHA-256 of the model's weights. */
  readonly model: string;
}

/** The record's file. */
export const RECORD = "predictions.json";

const FORMAT = "syncytium predictions";

const schema = v.object({
  format: oneOf([FORMAT]),
  version: v.literal(1, "must be 1"),
  cases: v.record(
    v.string(),
    v.object({
      model: text(),
      mirror: v.array(oneOf(AXES)),
      singleParts: v.array(integer(1, 99_999)),
    }, "must be an object"),
    "must be an object by case",
  ),
});

/** What a folder of predictions says of them. */
export class PredictionRecord {
  readonly #path: string;
  readonly #cases: Map<string, PredictedBy>;

  private constructor(path: string, cases: Map<string, PredictedBy>) {
    this.#path = path;
    this.#cases = cases;
  }

  /** Reads it; a folder without one has an empty one. @throws {UserError} if it is damaged. */
  static async open(folder: string): Promise<PredictionRecord> {
    const path = join(folder, RECORD), doing = "reading the record of predictions";
    const value = await readJsonIfThere(path, { doing });
    if (value === undefined) return new PredictionRecord(path, new Map());
    return new PredictionRecord(
      path,
      new Map(Object.entries(parseSettings(schema, value, { doing, where: path }).cases)),
    );
  }

  /** How a case was predicted; undefined where that is not known. */
  of(id: string): PredictedBy | undefined {
    return this.#cases.get(id);
  }

  /** Writes down how a case is about to be predicted. @throws {UserError} if it cannot be written. */
  async note(id: string, by: PredictedBy): Promise<void> {
    this.#cases.set(id, by);
    const record = { format: FORMAT, version: 1, cases: Object.fromEntries(this.#cases) };
    try {
      await writeAtomically(this.#path, JSON.stringify(record, null, 1) + "\n");
    } catch (cause) {
      throw new UserError(`writing the record of predictions: ${messageOf(cause)}`, { where: this.#path, cause });
    }
  }
}

/** Whether both predict the same. */
export function isSame(one: PredictedBy, other: PredictedBy): boolean {
  return one.model === other.model && one.mirror.join() === other.mirror.join() &&
    one.singleParts.join() === other.singleParts.join();
}
