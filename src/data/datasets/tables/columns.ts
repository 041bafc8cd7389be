/**
 * What a table's columns mean, as people name them.
 *
 * @module
 */
import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { UserError } from "../../../core/errors.ts";
import type { Table } from "./table.ts";

/** What the tables can say of a case. */
export type Meaning = "case" | "subject" | "site";

/** The position of the column of each meaning that a table has. */
export type Columns = Readonly<Partial<Record<Meaning, number>>>;

/** The names of each meaning, without blanks and underscores: those of the documentation, and others people use. */
const NAMES: Record<Meaning, { own: readonly string[]; others: readonly string[] }> = {
  case: { own: ["case"], others: ["caseid", "casename", "image", "imageid", "imagename", "file", "filename"] },
  subject: {
    own: ["subject", "patient"],
    others: ["subjectid", "patientid", "participant", "participantid", "person", "personid", "subj", "subjid"],
  },
  site: {
    own: ["site"],
    others: [
      ...["siteid", "sitename", "sitecode", "sitenumber", "hospital", "hospitalid", "hospitalname"],
      ...["centre", "centreid", "center", "centerid", "institution"],
    ],
  },
};

/** The column that BIDS prescribes for the table of participants. */
const PARTICIPANT = "participantid";

/** Words that no column has by chance; a mistyped one is at most so many letters away. */
const LONG_WORDS = ["subject", "patient", "participant", "hospital"];
const TYPING_ERRORS = 2;

/**
 * The columns by meaning: of several that could mean the same the one with the documentation's name.
 *
 * @param isParticipants the table is BIDS's, in which many other columns are usual.
 * @throws {UserError} naming the columns, if several mean the same, or one only looks like a known one.
 */
export function columnsOf({ header, path }: Table, isParticipants: boolean): Columns {
  const keys = header.map((name) => name.toLowerCase().replace(/[\s_.-]/g, ""));
  const columns: Partial<Record<Meaning, number>> = {};
  for (const meaning of ["case", "subject", "site"] as const) {
    const { own, others } = NAMES[meaning];
    const isPrescribed = isParticipants && meaning === "subject" && keys.includes(PARTICIPANT);
    const found = (isPrescribed ? [[PARTICIPANT]] : [own, others])
      .map((names) => keys.flatMap((key, i) => names.includes(key) ? [i] : []))
      .find(({ length }) => length > 0) ?? [];
    if (found.length > 1) {
      throw new UserError(`opening a dataset: one column of the table must mean the ${meaning}, not several`, {
        where: `${path}:1`,
        value: found.map((i) => header[i]).join(", "),
      });
    }
    if (found.length === 1) columns[meaning] = found[0];
    else if (!isParticipants) refuseAlike(meaning, header, path);
  }
  return columns;
}

/** @throws {UserError} if a column looks as if it meant what no column means. */
function refuseAlike(meaning: Meaning, header: readonly string[], path: string): void {
  const { own, others } = NAMES[meaning];
  const alike = header.find((name) => {
    const words = name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase().split(/[\s_.-]+/);
    return words.some((word) =>
      own.some((known) => word === known || word === `${known}s`) ||
      LONG_WORDS.some((known) =>
        (own.includes(known) || others.includes(known)) && levenshteinDistance(word, known) <= TYPING_ERRORS
      )
    );
  });
  if (alike === undefined) return;
  if (header.length === 1 && /\s/.test(alike)) {
    throw new UserError("opening a dataset: a table's cells must be parted by tabs, semicolons or commas", {
      where: `${path}:1`,
      value: alike,
    });
  }
  throw new UserError(
    `opening a dataset: the table's column ${alike} looks like \`${own[0]}\` and is not read; give it that name`,
    { where: `${path}:1`, value: header.join(" ") },
  );
}
