/**
 * Who and where each case is from, as the tables beside a dataset say: subjects.tsv, sites.tsv, participants.tsv.
 *
 * A row that is not understood would make every case a person of its own, and one person could be trained on and
 * tested: so every row must name a case and, where a table names subjects or sites, every case must have a row.
 *
 * @module
 */
import { UserError } from "../../../core/errors.ts";
import { readTextIfThere } from "../../../core/text_files.ts";
import type { CaseReference } from "../dataset.ts";
import { caseId, type Listings } from "../files.ts";
import { CaseNames, type FoundCase } from "./case_names.ts";
import { type Columns, columnsOf } from "./columns.ts";
import { parseTable, type Table } from "./table.ts";

/** Options of {@linkcode withOrigins}. */
export interface OriginOptions {
  /** Files and persons that tables may name although they are no cases, such as those of imagesTs. @default none */
  others?: readonly string[];
}

type Key = "subject" | "site";
type Origin = Partial<Record<Key, string>>;
type Kind = "subject" | "site" | "participant" | "other";

const TABLE = /^(subject|site|participant)s?\.(tsv|csv)(\.txt)?$/;
/** Read where they have a column `case`, and else somebody's own: what a person may have called one of the tables. */
const OTHER_TABLE = /^(patient|case|person|hospital|centre|center)s?\.(tsv|csv)(\.txt)?$/;
const SPREADSHEET = /^(subject|site|participant)s?\.(xlsx?|ods)$/;

/** How BIDS writes a value that nobody knows. */
const UNKNOWN = "n/a";

/** Names shown in a sentence. */
const SHOWN = 3;

/** A table with what its columns mean. */
interface OriginTable {
  readonly table: Table;
  readonly columns: Columns;
  /** The column that says whom a row is about. */
  readonly keyColumn: number;
  /** Rows are about persons, not about cases. */
  readonly isOfPersons: boolean;
}

/** The cases with the persons and sites that tables name; without a table a case is a person of its own. */
export async function withOrigins(
  listings: Listings,
  cases: readonly FoundCase[],
  options: OriginOptions = {},
): Promise<CaseReference[]> {
  const origins = new Map<string, Origin>();
  const cited: Record<Key, string[]> = { subject: [], site: [] };
  const tables = await readTables(listings);
  // whose a case is must be known before a row about the person is
  for (const table of [...tables.filter((each) => !each.isOfPersons), ...tables.filter((each) => each.isOfPersons)]) {
    for (const key of addTable(origins, table, cases, options)) cited[key].push(table.table.path);
  }
  for (const key of ["subject", "site"] as const) requireAll(key, { cases, origins, tables: cited[key] });
  for (const key of ["subject", "site"] as const) requireOneSpelling(key, origins);
  requirePersons(listings, cases, origins);
  return cases.map(({ id, image, images, frames, label, subject }) => ({
    id,
    ...{ subject: subject ?? id, ...origins.get(id) },
    image: listings.path(image),
    ...(images && { images: images.map((path) => listings.path(path)) }),
    ...(frames !== undefined && { frames }),
    ...(label !== undefined && { label: listings.path(label) }),
  }));
}

/** @throws {UserError} if paths leave open who is the same person, and no table says it. */
function requirePersons({ root }: Listings, cases: readonly FoundCase[], origins: ReadonlyMap<string, Origin>): void {
  const { unclear } = cases.find(({ id, unclear }) => unclear && origins.get(id)?.subject === undefined) ?? {};
  if (!unclear) return;
  const rule =
    "where several names lie in several folders each, subjects.tsv must say whether folders or names are persons";
  throw new UserError(`opening a dataset: ${rule}`, { where: root, value: unclear.join(" and ") });
}

/** Whichever tables there are, in the order of their names. */
async function readTables(listings: Listings): Promise<OriginTable[]> {
  const tables: OriginTable[] = [];
  const spreadsheets: [kind: string, path: string][] = [];
  for (const { name, isDirectory } of await listings.entries() ?? []) {
    const path = listings.path(name);
    const [, sheet] = SPREADSHEET.exec(name.toLowerCase()) ?? [];
    if (sheet !== undefined) spreadsheets.push([sheet, path]);
    const kind = kindOf(path);
    if (kind === undefined || isDirectory) continue;
    const text = await readTextIfThere(path, { doing: "opening a dataset", what: "the table" });
    if (text === undefined || (kind === "other" && !isOfCases(text))) continue;
    tables.push(understand(parseTable(text, path), kind));
  }
  const unread = spreadsheets.find(([kind]) => !tables.some(({ table }) => kindOf(table.path) === kind));
  if (unread) {
    throw new UserError("opening a dataset: a table must be text; save the spreadsheet as .tsv or .csv", {
      where: unread[1],
    });
  }
  return tables;
}

function kindOf(path: string): Kind | undefined {
  const name = path.replace(/^.*\//, "").toLowerCase();
  return TABLE.exec(name)?.[1] as Kind | undefined ?? (OTHER_TABLE.test(name) ? "other" : undefined);
}

/** Whether a table of another name has a column `case`, and so is meant for cases. */
function isOfCases(text: string): boolean {
  return /^([^\r\n]*[\t;,])?\s*"?case( ?id)?"?\s*([\t;,\r\n]|$)/i.test(text);
}

/** @throws {UserError} if the table lacks a column that it is there for. */
function understand(table: Table, kind: Kind): OriginTable {
  const isParticipants = kind === "participant";
  const columns = columnsOf(table, isParticipants);
  const isOfPersons = isParticipants ||
    (kind === "site" && columns.case === undefined && columns.subject !== undefined);
  const keyColumn = isOfPersons ? columns.subject : columns.case;
  const needed = kind === "site" || (kind === "other" && columns.subject === undefined) ? "site" : "subject";
  if (keyColumn === undefined || columns[needed] === undefined) {
    const missing = keyColumn !== undefined ? needed : isParticipants ? "participant_id" : "case";
    throw new UserError(`opening a dataset: the table's first line must name a column \`${missing}\``, {
      where: table.path,
      value: table.header.join(" "),
    });
  }
  return { table, columns, keyColumn, isOfPersons };
}

/** Adds what one table says. @returns what it says of cases */
function addTable(
  origins: Map<string, Origin>,
  { table: { header, rows }, columns, keyColumn, isOfPersons }: OriginTable,
  cases: readonly FoundCase[],
  { others = [] }: OriginOptions,
): Key[] {
  const known = new Map(cases.map(({ id, subject }) => [id, origins.get(id)?.subject ?? subject]));
  const names = new CaseNames(cases.map((each) => ({ ...each, subject: known.get(each.id) })));
  const otherNames = new CaseNames(others.map((other) => ({ id: caseId(other), image: other })));
  const keys = (["subject", "site"] as const).filter((key) => columns[key] !== undefined);
  for (const { where, cells } of rows) {
    const cell = cells[keyColumn];
    const ids = isOfPersons ? names.ofPerson(cell) : names.find(cell);
    if (ids.length === 0 && otherNames.find(cell).length > 0) continue;
    const areOnePersons = isOfPersons || ids.every((id) => known.get(id)?.toLowerCase() === cell.toLowerCase());
    if (ids.length === 0 || (ids.length > 1 && !areOnePersons)) {
      const whom = isOfPersons ? "a person with cases in the dataset" : "one case of the dataset";
      const value = `${header[keyColumn]} ${JSON.stringify(cell)}${ids.length > 1 ? `, ${listed(ids)}` : ""}`;
      throw new UserError(`opening a dataset: every row of the table must name ${whom}`, { where, value });
    }
    for (const key of keys) {
      const value = cells[columns[key]!];
      if (value === "" || value.toLowerCase() === UNKNOWN) {
        throw new UserError(`opening a dataset: every row of the table must name a ${key}`, {
          where,
          value: `${header[columns[key]!]} ${JSON.stringify(value)}`,
        });
      }
      for (const id of ids) {
        const own = isOfPersons && key === "subject" ? known.get(id) ?? value : value;
        add(origins, { id, key, value: own, where });
      }
    }
  }
  return keys;
}

/** @throws {UserError} if two rows disagree about a case. */
function add(
  origins: Map<string, Origin>,
  { id, key, value, where }: { id: string; key: Key; value: string; where: string },
): void {
  const known = origins.get(id) ?? {};
  if (known[key] !== undefined && known[key] !== value) {
    throw new UserError(`opening a dataset: the tables must agree on the ${key} of ${id}`, {
      where,
      value: `${known[key]} and ${value}`,
    });
  }
  origins.set(id, { ...known, [key]: value });
}

/** @throws {UserError} naming the cases that no table says anything of, if one says it of others. */
function requireAll(
  key: Key,
  { cases, origins, tables }: { cases: readonly FoundCase[]; origins: ReadonlyMap<string, Origin>; tables: string[] },
): void {
  const missing = tables.length === 0 ? [] : cases.filter(({ id }) => origins.get(id)?.[key] === undefined);
  if (missing.length === 0) return;
  throw new UserError(`opening a dataset: every case must have a row that names its ${key}`, {
    where: tables.join(", "),
    value: listed(missing.map(({ id }) => id)),
  });
}

/** @throws {UserError} if two values differ by capitals or zeros only: one person or site would count as two. */
function requireOneSpelling(key: Key, origins: ReadonlyMap<string, Origin>): void {
  const spellings = new Map<string, [value: string, id: string]>();
  for (const [id, { [key]: value }] of origins) {
    if (value === undefined) continue;
    // 1, 01 and 1.0 are what spreadsheets and programs make of each other
    const spelling = /^\d+(\.0+)?$/.test(value) ? String(Number(value)) : value.toLowerCase();
    const [known, where] = spellings.get(spelling) ?? [value, id];
    if (known !== value) {
      throw new UserError(`opening a dataset: a ${key} must be written in one way in the tables`, {
        where: `${where}, ${id}`,
        value: `${known} and ${value}`,
      });
    }
    spellings.set(spelling, [value, id]);
  }
}

function listed(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
