/**
 * `deno task audit FILE [--anchors FILE]`: whether an audit log is whole, its head, and whether it holds the anchors
 * that lie beside it.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { entryAt } from "../core/files.ts";
import { dirname } from "@std/path";
import { readPeerId } from "../mesh/envelope/identity.ts";
import { type Anchor, anchorFault, anchorsBeside, anchorsOfMember } from "../peer/audit/anchors.ts";
import {
  type AuditFault,
  type AuditReading,
  faultError,
  readAuditLog,
  unfinishedFault,
} from "../peer/audit/reading.ts";
import { UsageError } from "./command.ts";
import { defineCommand, needed, path, text } from "./flags/mod.ts";
import { json } from "./flags/shared.ts";

/** What is found of one anchor. */
type Held = Anchor & { held: boolean };

/** Everything that was found. */
interface Findings {
  reading: AuditReading;
  anchors: Held[];
  faults: AuditFault[];
}

/** Whose log `file` is, by the key beside it. */
async function ownerOf(file: string): Promise<string> {
  const peer = await readPeerId(dirname(file));
  if (peer !== undefined) return peer;
  if (!await entryAt(file)) {
    throw new UserError("reading an audit log: the log must exist, or --peer say whose it was", { where: file });
  }
  throw new UsageError("--peer must say whose log it is: no identity.key lies beside it");
}

async function examine(file: string, members: string | undefined, peer: string | undefined): Promise<Findings> {
  // before the log: a peer that runs makes both grow
  const { anchors, unread: faults } = await anchorsBeside(file);
  if (members !== undefined) {
    anchors.push(...await anchorsOfMember(members, peer ?? await ownerOf(file)));
    anchors.sort((a, b) => b.head.records - a.head.records);
  }
  const reading = await readAuditLog(file).catch((error) => {
    const [furthest] = anchors;
    if (!(error?.cause instanceof Deno.errors.NotFound) || !furthest) throw error;
    const { by, head: { records } } = furthest;
    throw faultError(file, { rule: `the log must exist, it was deleted or moved: ${by} holds its record ${records}` });
  });
  const { head, breaks } = reading;
  faults.unshift(
    ...reading.faults,
    ...breaks.map(({ line, fault }) => ({ line, rule: `a break is on record: ${fault}` })),
  );
  if (reading.unfinished > 0) faults.push(unfinishedFault(reading));
  const found: Held[] = [];
  for (const anchor of anchors) {
    const fault = await anchorFault(file, anchor, reading);
    if (fault) faults.push(fault);
    found.push({ ...anchor, held: fault === undefined });
  }
  if (head.records === 0 && reading.unfinished === 0 && found.length === 0) {
    faults.push({ rule: "the log must hold a record; it is empty, and no anchor says that it was so" });
  }
  return { reading, anchors: found, faults };
}

function asJson(file: string, { reading: { head, time, unfinished, further }, anchors, faults }: Findings): string {
  return JSON.stringify({
    file,
    ...head,
    time: time ?? null,
    unfinished,
    anchors: anchors.map(({ by, head, held }) => ({ by, ...head, held })),
    faults: faults.map((fault) => faultError(file, fault).message),
    further,
  });
}

function asText(file: string, { reading: { head, time }, anchors, faults }: Findings): string {
  const lines = [
    `${file}: ${head.records} records, ${faults.length === 0 ? "the chain is whole" : "not whole"}`,
    `head         record ${head.records}, digest ${head.digest}`,
    `written      ${time ?? "never"}`,
  ];
  for (const { by, head: { records }, held } of anchors) {
    lines.push(`anchor       record ${records} in ${by}: ${held ? "held" : "not held"}`);
  }
  if (anchors.length === 0) {
    lines.push(
      "anchor       none: a cut or changed end is seen only by comparing this head with one from elsewhere",
    );
  }
  return lines.join("\n");
}

/** The command. */
export const audit = defineCommand({
  name: "audit",
  does: "whether a site's audit log is whole, its head, and whether the anchors beside it hold",
  arguments: { file: needed(path("FILE", "the log: audit.jsonl in the site's state directory")) },
  flags: {
    json,
    anchors: path("FILE", "anchors.json of another member's state directory, which holds what this site announced"),
    peer: text("ID", "with --anchors: whose log it is (default: by identity.key beside the log)"),
  },
  example: "state/audit.jsonl --anchors from-hospital-b/anchors.json",
  async run({ arguments: { file }, flags: { json, anchors, peer } }) {
    if (peer !== undefined && anchors === undefined) throw new UsageError("--peer belongs to --anchors");
    const findings = await examine(file, anchors, peer);
    console.log(json ? asJson(file, findings) : asText(file, findings));
    const [first, ...others] = findings.faults.map((fault) => faultError(file, fault));
    if (!first) return;
    if (!json) { for (const { message } of others) console.log(`also         ${message}`); }
    const more = others.length + findings.reading.further;
    throw more === 0 ? first : new UserError(`${first.message}, and ${more} more`);
  },
});

if (import.meta.main) await audit.main();
