/**
 * The results as a page of Markdown.
 *
 * @module
 */
import { formatMeasured } from "../../src/display/formats/measured.ts";
import { NONE } from "../../src/display/formats/none.ts";
import { markdownTable } from "../../src/display/tables/markdown.ts";
import type { Entry } from "./part.ts";
import { parts } from "./parts/registry.ts";

/** One test of a suite that passed is counted in the suite's line. */
const isTest = ({ item }: Entry) => /_test\.ts: /.test(item);

function cell(value: string | number | null): string {
  if (value === null) return NONE;
  if (typeof value === "string") return value;
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : formatMeasured(value);
}

/** Tables of entries with the same columns are one. */
function tablesOf(entries: readonly Entry[]): string[] {
  const withRows = entries.filter(({ rows = [] }) => rows.length > 0);
  const groups = Map.groupBy(withRows, ({ columns = [] }) => columns.join("\n"));
  return [...groups.values()].map((group) =>
    markdownTable({
      header: ["", ...group[0].columns!],
      names: 2,
      rows: group.flatMap(({ item, rows = [] }) => rows.map((row) => [item, ...row.map(cell)])),
    })
  );
}

function sectionOf(title: string, note: string, entries: readonly Entry[]): string {
  const told = entries.filter((entry) => !(isTest(entry) && entry.state === "passed") && entry.says !== "");
  const lines = told.map(({ item, state, says }) => `- ${item}: ${state === "passed" ? "" : `**${state}**: `}${says}`);
  return [`## ${title}`, note, lines.join("\n"), ...tablesOf(entries)].filter((piece) => piece !== "").join("\n\n");
}

const REHEARSAL = "A rehearsal with tiny sizes, under the names of the whole ones: its figures say nothing of a card.";

/** The whole page; a part without entries is not in it. */
export function pageOf(entries: readonly Entry[], { small }: { small: boolean }): string {
  const sections = parts.flatMap(({ name, title, note }) => {
    const own = entries.filter(({ part }) => part === name);
    return own.length > 0 ? [sectionOf(title, note, own)] : [];
  });
  return ["# Check of the graphics card", ...(small ? [REHEARSAL] : []), ...sections].join("\n\n") + "\n";
}
