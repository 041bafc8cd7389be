/**
 * The table beside converted volumes that says which are of one patient, so that no training divides them. Patients are
 * called as their first volume is: nothing else of them is written.
 *
 * @module
 */
import { join } from "@std/path";
import { UserError } from "../../core/errors.ts";
import { writeAtomically } from "../../core/files.ts";
import type { Source } from "./find.ts";

const FILE = "subjects.tsv";
const HEAD = "case\tsubject";

/** The rows that are there already, by case. */
export type SubjectRows = ReadonlyMap<string, string>;

/**
 * Reads the table of an earlier conversion into the same folder; empty where there is none.
 *
 * @throws {UserError} if it is another table, which would be lost.
 */
export async function readSubjectRows(folder: string): Promise<SubjectRows> {
  const path = join(folder, FILE);
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return new Map();
    throw new UserError("converting: the table of subjects must be readable", { where: path, cause });
  }
  const [head, ...rows] = text.trimEnd().split(/\r?\n/);
  const cells = rows.map((row) => row.split("\t"));
  if (head !== HEAD || cells.some(({ length }) => length !== 2)) {
    throw new UserError("converting: the table must have the columns case and subject only; name another folder", {
      where: path,
      value: head,
    });
  }
  return new Map(cells.map(([id, subject]) => [id, subject]));
}

/** Writes the table, with the rows of what was converted. @throws {UserError} if it cannot be written. */
export async function writeSubjectRows(
  folder: string,
  rows: SubjectRows,
  converted: readonly Pick<Source, "id" | "subject">[],
): Promise<void> {
  const all = new Map([...rows, ...converted.map(({ id, subject }) => [id, subject] as const)]);
  const lines = [...all].sort(([a], [b]) => a < b ? -1 : 1).map((row) => row.join("\t"));
  const path = join(folder, FILE);
  await writeAtomically(path, [HEAD, ...lines, ""].join("\n")).catch((cause) => {
    throw new UserError(`converting: the table of subjects must have room and be allowed`, { where: path, cause });
  });
}
