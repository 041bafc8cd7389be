/**
 * The audit log: one line for everything that leaves the site, written before it leaves.
 *
 * Each line is a JSON object that carries the SHA-256 of the line before it, so that a line cannot be changed, dropped
 * or put in without breaking the chain behind it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { AuditLog, verifyAuditLog } from "./audit_log.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const path = `${directory}/audit.jsonl`;
 * const log = new AuditLog(path);
 * await log.open();
 * await log.append({ time: Date.now(), kind: "embeddings", peer: "12D3Koo…", bytes: 65_536, round: 3, digest: "…" });
 * await log.close();
 * assertEquals(await verifyAuditLog(path), 1);
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */
import { sha256Hex } from "../core/digest.ts";
import { UserError } from "../core/errors.ts";
import type { AuditRecord } from "../mesh/protocols/traffic.ts";
import type { AppliedPolicy } from "./policy/release_policy.ts";

/** A line of the log. */
export interface AuditLine extends AuditRecord {
  /** What the site's policy did to features before they were sealed. */
  policy?: AppliedPolicy;
}

const FIRST_LINK = "0".repeat(64);

/** Bytes at the end of a log that surely hold its last line. */
const TAIL_BYTES = 64 * 1024;

/**
 * The last whole line of the log at `path`, if any; an unfinished one behind it, left by a kill, is cut off the file.
 */
async function lastLine(path: string): Promise<string | undefined> {
  using file = await Deno.open(path, { read: true, write: true, create: true });
  const { size } = await file.stat();
  const start = Math.max(0, size - TAIL_BYTES);
  await file.seek(start, Deno.SeekMode.Start);
  const tail = new Uint8Array(await new Response(file.readable).arrayBuffer());
  const newline = "\n".charCodeAt(0);
  const end = tail.lastIndexOf(newline) + 1;
  if (end < tail.length) await Deno.truncate(path, start + end);
  if (end === 0) return undefined;
  const line = tail.subarray(0, end - 1);
  return new TextDecoder().decode(line.subarray(line.lastIndexOf(newline) + 1));
}

/** An append-only, hash-chained log. */
export class AuditLog {
  readonly #path: string;
  #file: Deno.FsFile | undefined;
  #previous = FIRST_LINK;
  #tail: Promise<void> = Promise.resolve();

  /** The log in the file at `path`, which need not be there yet. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Opens the log, continuing the chain of an earlier run. */
  async open(): Promise<void> {
    const last = await lastLine(this.#path);
    this.#previous = last === undefined ? FIRST_LINK : await sha256Hex(last);
    this.#file = await Deno.open(this.#path, { append: true, create: true });
  }

  /**
   * Resolves when `record` is written; records keep the order of the calls. One that fails leaves the log as it was.
   */
  append(record: AuditLine): Promise<void> {
    const written = this.#tail.then(() => this.#write(record));
    this.#tail = written.catch(() => {}); // the caller is told; the next record gets a try of its own
    return written;
  }

  async #write(record: AuditLine): Promise<void> {
    const file = this.#file;
    if (!file) throw new Error("the audit log is not open");
    const line = JSON.stringify({ ...record, time: new Date(record.time).toISOString(), previous: this.#previous });
    const bytes = new TextEncoder().encode(line + "\n");
    const { size } = await file.stat();
    try {
      for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
    } catch (error) {
      await file.truncate(size);
      throw error;
    }
    this.#previous = await sha256Hex(line);
  }

  /** Waits for what is being written, then closes the file. */
  async close(): Promise<void> {
    await this.#tail;
    this.#file?.close();
    this.#file = undefined;
  }
}

/**
 * Checks the whole chain and returns the number of records.
 *
 * @throws {UserError} naming the first line whose link is broken.
 */
export async function verifyAuditLog(path: string): Promise<number> {
  const lines = (await Deno.readTextFile(path)).split("\n").slice(0, -1);
  let previous = FIRST_LINK;
  for (const [index, line] of lines.entries()) {
    let link: unknown;
    try {
      link = JSON.parse(line).previous;
    } catch {
      throw new UserError("verifying the audit log: each line must be a JSON object", {
        where: `${path}, line ${index + 1}`,
      });
    }
    if (link !== previous) {
      throw new UserError("verifying the audit log: each line must carry the digest of the line before it", {
        where: `${path}, line ${index + 1}`,
        value: String(link),
      });
    }
    previous = await sha256Hex(line);
  }
  return lines.length;
}
