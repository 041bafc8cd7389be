/**
 * What is left of a site after all its lives, held against what it told: every fault that makes a run a lost one.
 *
 * @module
 */
import { join } from "@std/path";
import { readCsvLines } from "../../src/core/csv_lines.ts";
import { messageOf } from "../../src/core/errors.ts";
import { readAnchorFile } from "../../src/mesh/anchors/book.ts";
import type { AuditRecord } from "../../src/mesh/protocols/traffic.ts";
import { type Anchor, anchorFault, anchorsBeside, anchorsOfMember } from "../../src/peer/audit/anchors.ts";
import { faultText, readAuditLog } from "../../src/peer/audit/reading.ts";
import { siteFromJson } from "../../src/peer/report/json.ts";
import type { SiteReport } from "../../src/peer/report/schema.ts";
import { CURVE_COLUMNS } from "../../src/telemetry/curves/curve_file.ts";
import type { Ending, Told } from "./_site.ts";

/** A site that has come to its end. */
export interface EndedSite extends Ending {
  readonly name: string;
  readonly peerId: string;
  readonly directory: string;
  readonly told: readonly Told[];
}

/** What there must be at its end. */
export interface Expected {
  readonly rounds: number;
  readonly fineTuneSteps: number;
  /** The folders of the other sites. */
  readonly others: readonly string[];
}

/** What was found. */
export interface Examined {
  /** A sentence each; none where nothing is lost. */
  readonly faults: readonly string[];
  /** Absent where there is none that can be read. */
  readonly report?: SiteReport;
}

/** Examines a site. */
export async function examine(site: EndedSite, expected: Expected): Promise<Examined> {
  const { code, failures, directory } = site;
  const faults: string[] = [];
  if (code !== 0) faults.push(`its last life ended with code ${code}`);
  else if (failures > 0) faults.push(`${failures} of its lives ended with an error`);
  faults.push(...await tornFiles(join(directory, "state")), ...await tornFiles(join(directory, "results")));
  const records = await auditRecords(site, expected.others, faults);
  const path = join(directory, "results", "site.json");
  try {
    const report = siteFromJson(await Deno.readTextFile(path), path);
    faults.push(
      ...roundFaults(report, site.told, expected),
      ...auditFaults(report, records),
      ...await curveFaults(report, join(directory, "results", "curves.csv")),
      ...resultFaults(report, expected),
    );
    return { faults, report };
  } catch (error) {
    faults.push(`its report: ${messageOf(error)}`);
    return { faults };
  }
}

/** Texts below a folder that are not as they were written: JSON that is none, lines that do not end. */
async function tornFiles(folder: string): Promise<string[]> {
  const torn: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) torn.push(...await tornFiles(path));
    if (!/\.(json|jsonl|csv)$/.test(name)) continue;
    const text = await Deno.readTextFile(path);
    if (!name.endsWith(".json") && text !== "" && !text.endsWith("\n")) torn.push(`${name} ends in a torn line`);
    const documents = name.endsWith(".json") ? [text] : name.endsWith(".jsonl") ? text.split("\n").slice(0, -1) : [];
    const isWhole = (document: string) => {
      try {
        return JSON.parse(document) !== undefined;
      } catch {
        return false;
      }
    };
    if (!documents.every(isWhole)) torn.push(`${name} holds what is no JSON`);
  }
  return torn;
}

/** The records of its audit log, which must be whole and hold what itself and the others say of it. */
async function auditRecords(
  { directory, peerId }: EndedSite,
  others: readonly string[],
  faults: string[],
): Promise<AuditRecord[]> {
  const path = join(directory, "state", "audit.jsonl");
  try {
    const reading = await readAuditLog(path);
    const { anchors, unread } = await anchorsBeside(path);
    for (const other of others) anchors.push(...await anchorsAt(other, peerId));
    const held = await Promise.all(anchors.map((anchor) => anchorFault(path, anchor, reading)));
    const found = [...reading.faults, ...unread, ...held.filter((fault) => fault !== undefined)].map(faultText);
    found.push(...reading.breaks.map(({ fault }) => `a break is on record: ${fault}`));
    if (reading.unfinished > 0) found.push(`${reading.unfinished} bytes behind its last record`);
    faults.push(...found.map((fault) => `its audit log: ${fault}`));
    return (await Deno.readTextFile(path)).split("\n").slice(0, -1).map((line) => JSON.parse(line));
  } catch (error) {
    faults.push(`its audit log: ${messageOf(error)}`);
    return [];
  }
}

/** What another site keeps of it; a site that has met nobody keeps nothing. */
async function anchorsAt(other: string, peerId: string): Promise<Anchor[]> {
  const file = join(other, "state", "anchors.json");
  if (await Deno.stat(file).then(() => false, (error) => error instanceof Deno.errors.NotFound)) return [];
  const { peers } = await readAnchorFile(file);
  return Object.hasOwn(peers, peerId) ? await anchorsOfMember(file, peerId) : [];
}

/** Rounds that a member's state, or one slow one, stands for: it told so, and which one it goes on from. */
function roundsTaken(told: readonly Told[]): Set<number> {
  const taken = new Set<number>();
  let last = 0;
  for (const { event } of told) {
    if (event.type === "started") last = event.resumedFrom ?? 0;
    if (event.type !== "round" || event.method !== undefined) continue;
    for (let round = last + 1; round < event.round; round++) taken.add(round);
    last = event.round;
  }
  return taken;
}

/** Each round is in the report once, unless it was told that a member's state stands for it, and was told as it ended. */
function roundFaults({ rounds }: SiteReport, told: readonly Told[], expected: Expected): string[] {
  const counts = new Map<number, number>();
  for (const { round } of rounds) counts.set(round, (counts.get(round) ?? 0) + 1);
  const notes = told.flatMap(({ event }) => event.type === "note" ? [event.message] : []);
  const taken = notes.some((note) => /goes on (from a member's weights|with them)/.test(note))
    ? roundsTaken(told)
    : new Set();
  const toldOf = new Set(
    told.flatMap(({ event }) => event.type === "round" && event.method === undefined ? [event.round] : []),
  );
  const faults: string[] = [];
  for (let round = 1; round <= expected.rounds; round++) {
    const count = counts.get(round) ?? 0;
    if (count > 1) faults.push(`round ${round} is in its report ${count} times`);
    if (count === 0 && !taken.has(round)) faults.push(`round ${round} is not in its report`);
    if (count > 0 && !toldOf.has(round)) faults.push(`round ${round} is in its report and was not told of`);
  }
  if (rounds.some(({ round }) => round > expected.rounds)) faults.push("its report holds rounds that there are not");
  return faults;
}

/** Nobody was averaged with in a round to whom nothing went in it. */
function auditFaults({ rounds }: SiteReport, records: readonly AuditRecord[]): string[] {
  const gone = new Set(records.flatMap(({ kind, peer, round }) => kind === "weights" ? [`${round} ${peer}`] : []));
  return rounds.flatMap(({ round, partners }) =>
    partners.filter((peer) => !gone.has(`${round} ${peer}`)).map((peer) =>
      `round ${round} was averaged with ${peer}, and its audit log does not say that weights went there`
    )
  );
}

/** The curves have each round of the report; where a round was done again, the last time counts. */
async function curveFaults({ rounds }: SiteReport, path: string): Promise<string[]> {
  const last = new Map<number, string>();
  for (const { cells } of readCsvLines(await Deno.readTextFile(path), CURVE_COLUMNS, path)) {
    if (cells.name === "pretraining/partners") last.set(Number(cells.round), cells.value);
  }
  return rounds.flatMap(({ round, partners }) => {
    const said = last.get(round);
    if (said === undefined) return [`round ${round} is in its report and not in its curves`];
    return Number(said) === partners.length
      ? []
      : [`round ${round} has ${partners.length} partners in its report and ${said} in its curves`];
  });
}

/** Dice is there for all that was tested, and nothing is there twice. */
function resultFaults({ dice, fineTune, members }: SiteReport, { fineTuneSteps, others }: Expected): string[] {
  const faults: string[] = [];
  const tested = dice.filter(({ method }) => method === "pretrained");
  const isDefined = (value: number | null) => value !== null && value >= 0 && value <= 1;
  if (!tested.some(({ perClass }) => Object.values(perClass).some(isDefined))) faults.push("its Dice is not defined");
  const isTwice = (names: readonly string[]) => new Set(names).size < names.length;
  if (isTwice(dice.map(({ method, case: id }) => `${method} ${id}`))) faults.push("a case was tested twice");
  if (isTwice(members.map(({ peerId }) => peerId))) faults.push("a member is in its report twice");
  if (members.length !== others.length) faults.push(`its report has ${members.length} other members`);
  const steps = fineTune.pretrained.length;
  if (steps !== fineTuneSteps) faults.push(`its report has ${steps} steps of fine-tuning, of ${fineTuneSteps}`);
  return faults;
}
