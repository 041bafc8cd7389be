/** The reports of sites that a command line names. */
import { join } from "@std/path";
import { messageOf, UserError } from "../core/errors.ts";
import { readText } from "../core/text_files.ts";
import { siteFromJson } from "../peer/report/json.ts";
import type { SiteReport } from "../peer/report/schema.ts";
import { isEarlier } from "../peer/state/anew.ts";

/** A report and its file. */
export interface FoundReport {
  path: string;
  report: SiteReport;
}

const DOING = "making a report";
/** As deep as `sites/NAME/results` below the folder of a demo. */
const DEPTH = 4;
/** What sites' reports are called, and copies of them that were collected. */
const NAME = /^site.*\.json$/;

/** A configuration may be called the same; a report says whose it is. */
function isReport(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "peerId" in value;
  } catch {
    return false;
  }
}

/** The files below a folder that may be reports; what was moved aside when a site began anew is none. */
async function* candidates(directory: string, depth = DEPTH): AsyncGenerator<string> {
  const entries = await Array.fromAsync(Deno.readDir(directory));
  for (const { name, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = join(directory, name);
    if (!isDirectory && NAME.test(name)) yield path;
    else if (isDirectory && depth > 0 && !isEarlier(name)) yield* candidates(path, depth - 1);
  }
}

async function below(directory: string): Promise<FoundReport[]> {
  const found: FoundReport[] = [];
  for await (const path of candidates(directory)) {
    const text = await readText(path, { doing: DOING });
    if (isReport(text)) found.push({ path, report: siteFromJson(text, path) });
  }
  if (found.length > 0) return found;
  throw new UserError(`${DOING}: the folder must hold a site's report, site.json, at most ${DEPTH} folders deep`, {
    where: directory,
  });
}

async function statOf(path: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(path);
  } catch (cause) {
    const rule = cause instanceof Deno.errors.NotFound ? "it must exist" : messageOf(cause);
    throw new UserError(`${DOING}: ${rule}`, { where: path, cause });
  }
}

/**
 * Reads the report files and those below the folders that are named.
 *
 * @throws {UserError} if one cannot be read, a folder holds none, or two files tell of one site.
 */
export async function readSiteReports(paths: readonly string[]): Promise<FoundReport[]> {
  const found: FoundReport[] = [];
  for (const path of paths) {
    if ((await statOf(path)).isDirectory) found.push(...await below(path));
    else found.push({ path, report: siteFromJson(await readText(path, { doing: DOING }), path) });
  }
  const files = new Map<string, string>();
  for (const { path, report: { name, peerId } } of found) {
    const before = files.get(peerId);
    if (before !== undefined) {
      throw new UserError(`${DOING}: each site must be there once, ${name} is in two files`, {
        where: before,
        value: path,
      });
    }
    files.set(peerId, path);
  }
  return found;
}

/** What makes the figures of the reports no run together, a sentence each. */
export function disagreements(found: readonly FoundReport[]): string[] {
  const values = (
    of: (report: SiteReport) => string | undefined,
  ) => [...new Set(found.flatMap(({ report }) => of(report) ?? []))];
  const told: string[] = [];
  const objectives = values(({ objective }) => objective);
  if (objectives.length > 1) told.push(`the sites pre-trained differently: ${objectives.join(", ")}`);
  const labels = values(({ dataset }) => dataset && JSON.stringify(dataset.labels));
  if (labels.length > 1) told.push(`the sites name their structures differently: ${labels.join(" and ")}`);
  // who trained alone by choice has no members
  const strangers = found.filter(({ report: { peerId, members } }) =>
    found.length > 1 && members.length > 0 &&
    !found.some((other) => other.report.members.some((member) => member.peerId === peerId))
  );
  if (strangers.length > 0) {
    const names = strangers.map(({ report: { name } }) => name).join(", ");
    told.push(`no other of these sites has them as a member, so they are of another run: ${names}`);
  }
  return told;
}
