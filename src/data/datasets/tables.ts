/**
 * subjects.tsv and sites.tsv: who and where each case is from, beside a dataset's dataset.json.
 *
 * @module
 */
import { UserError } from "../../core/errors.ts";
import { readTextIfThere } from "../../core/text_files.ts";

/** What the tables say of one case. */
export interface CaseOrigin {
  readonly subject?: string;
  readonly site?: string;
}

/** The column names that mean the person. */
const SUBJECT_COLUMNS = ["subject", "patient"];

/**
 * Reads whichever of the tables there are: tab-separated, a header line with `case` and any of `subject` or `patient`,
 * `site`; further columns are ignored.
 *
 * @throws {UserError} if a table has no `case` column, a row is too short, or two rows disagree about a case.
 */
export async function readOrigins(directory: string): Promise<ReadonlyMap<string, CaseOrigin>> {
  const origins = new Map<string, CaseOrigin>();
  for (const name of ["subjects.tsv", "sites.tsv"]) {
    const path = `${directory}/${name}`;
    const text = await readTextIfThere(path, { doing: "opening a dataset", what: "the table" });
    if (text !== undefined) addRows(origins, text, path);
  }
  return origins;
}

function addRows(origins: Map<string, CaseOrigin>, text: string, path: string): void {
  const [header, ...rows] = text.split(/\r?\n/).map((line) => line.split("\t").map((cell) => cell.trim()));
  const caseColumn = header.indexOf("case");
  if (caseColumn < 0) {
    throw new UserError("opening a dataset: the table's first line must name a column `case`", {
      where: path,
      value: header.join(" "),
    });
  }
  const subjectColumn = header.findIndex((name) => SUBJECT_COLUMNS.includes(name));
  const siteColumn = header.indexOf("site");
  rows.forEach((row, number) => {
    if (row.length === 1 && row[0] === "") return;
    const id = row[caseColumn];
    if (row.length < header.length || !id) {
      throw new UserError(`opening a dataset: every row must have ${header.length} columns and a case`, {
        where: `${path}:${number + 2}`,
        value: row.join(" "),
      });
    }
    const known = origins.get(id) ?? {};
    const found: CaseOrigin = {
      ...(subjectColumn >= 0 && row[subjectColumn] && { subject: row[subjectColumn] }),
      ...(siteColumn >= 0 && row[siteColumn] && { site: row[siteColumn] }),
    };
    for (const key of ["subject", "site"] as const) {
      if (known[key] !== undefined && found[key] !== undefined && known[key] !== found[key]) {
        throw new UserError(`opening a dataset: the tables must agree on the ${key} of ${id}`, {
          where: `${path}:${number + 2}`,
          value: `${known[key]} and ${found[key]}`,
        });
      }
    }
    origins.set(id, { ...known, ...found });
  });
}

/** The part of a case reference that the tables know; without them a case is a subject of its own. */
export function originOf(origins: ReadonlyMap<string, CaseOrigin>, id: string): { subject: string; site?: string } {
  const { subject = id, site } = origins.get(id) ?? {};
  return { subject, ...(site !== undefined && { site }) };
}
