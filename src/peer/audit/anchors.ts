/**
 * Anchors: heads of the audit log that lie outside it, in the state directory beside it. Each checkpoint holds one, and
 * a small file the latest.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import * as v from "valibot";
import { messageOf, UserError } from "../../core/errors.ts";
import { writeAtomically } from "../../core/files.ts";
import { readJsonIfThere } from "../../core/text_files.ts";
import { type AuditHead, auditHeadSchema, isSaidBy } from "../../mesh/anchors/audit_head.ts";
import { readAnchorFile } from "../../mesh/anchors/book.ts";
import { readCheckpointStates } from "../../model/checkpoint.ts";
import { type AuditFault, type AuditReading, holdsHead } from "./reading.ts";

/** A head that the log must hold. */
export interface Anchor {
  head: AuditHead;
  /** Where it was found, as it stands in a sentence: a file, or a member. */
  by: string;
}

/** Anchors, and those that cannot be read. */
export interface Anchors {
  anchors: Anchor[];
  /** What cannot be read, and why. */
  unread: AuditFault[];
}

const MEMBERS = "reading a member's anchors";

/** What the states of checkpoints say of the log; older ones say nothing. */
const stateSchema = v.looseObject({ audit: v.optional(auditHeadSchema) });

/** The file of the latest anchor of the log at `path`. */
function headFile(path: string): string {
  return `${path.replace(/\.jsonl$/, "")}.head.json`;
}

/** Puts `head` beside the log at `path`. */
export async function writeHead(path: string, head: AuditHead): Promise<void> {
  await writeAtomically(headFile(path), `${JSON.stringify(head)}\n`);
}

/** The anchors in the folder of the log at `path`; with the furthest first. */
export async function anchorsBeside(path: string): Promise<Anchors> {
  const found: Anchors = { anchors: [], unread: [] };
  await addFrom(found, headFile(path), async (file) => {
    const value = await readJsonIfThere(file, { doing: "reading the anchor of the audit log" });
    return value === undefined ? [] : [{ by: file, head: v.parse(auditHeadSchema, value) }];
  });
  const directories = [join(dirname(path), "checkpoints")];
  await addFrom(found, join(dirname(path), "fine-tuning"), async (tunings) => {
    directories.push(...await foldersIn(tunings));
    return [];
  });
  for (const directory of directories) {
    await addFrom(
      found,
      directory,
      async () =>
        (await readCheckpointStates(directory)).flatMap(({ path: by, state }) => {
          const parsed = v.safeParse(stateSchema, state);
          return parsed.success && parsed.output.audit ? [{ by, head: parsed.output.audit }] : [];
        }),
    );
  }
  found.anchors.sort((a, b) => b.head.records - a.head.records);
  return found;
}

/**
 * What a member holds of the log of `peer`, from the file `anchors.json` of its state directory.
 *
 * @throws {UserError} if it holds nothing of `peer`, or what `peer` did not sign.
 */
export async function anchorsOfMember(file: string, peer: string): Promise<Anchor[]> {
  const { consortium, peers } = await readAnchorFile(file);
  if (!Object.hasOwn(peers, peer)) {
    const others = Object.keys(peers).join(", ") || "nobody";
    throw new UserError(`${MEMBERS}: the file must hold a head of ${peer}; it holds those of ${others}`, {
      where: file,
    });
  }
  const { furthest, latest } = peers[peer];
  const heads = furthest.head.signature === latest.head.signature ? [furthest.head] : [furthest.head, latest.head];
  for (const head of heads) {
    if (await isSaidBy(peer, consortium, head)) continue;
    throw new UserError(`${MEMBERS}: each head must be signed by its site, that of ${peer} is not`, { where: file });
  }
  return heads.map(({ records, bytes, digest }) => ({ by: file, head: { records, bytes, digest } }));
}

/** The folders in a folder, which need not be there. */
async function foldersIn(directory: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(directory));
    return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => join(directory, name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function addFrom(to: Anchors, path: string, read: (path: string) => Promise<Anchor[]>): Promise<void> {
  try {
    to.anchors.push(...await read(path));
  } catch (error) {
    const why = error instanceof UserError ? messageOf(error) : `${path}: ${messageOf(error)}`;
    to.unread.push({ rule: `an anchor beside the log cannot be read; ${why}` });
  }
}

/** What is told of a log that does not hold `anchor`; undefined if it does. */
export async function anchorFault(
  path: string,
  { head: { records, bytes, digest }, by }: Anchor,
  { head }: Pick<AuditReading, "head">,
): Promise<AuditFault | undefined> {
  if (await holdsHead(path, { records, bytes, digest })) return undefined;
  const expected = `${by} holds its record ${records}, with the digest ${digest}`;
  if (head.records < records) {
    return { rule: `the log must hold ${records} records, it holds ${head.records}: ${expected}` };
  }
  const rule = `the log must hold the record ${records} that it held once, and holds another there: ${expected}`;
  return { rule: `${rule}; it or one before it was changed, or the log replaced` };
}
