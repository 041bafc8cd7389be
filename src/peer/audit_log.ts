/**
 * The audit log: one line for everything that leaves the site, written before it leaves.
 *
 * Each line is a JSON object that carries the SHA-256 of the line before it, so that a line cannot be changed, dropped
 * or put in without breaking the chain behind it.
 *
 * @example
 * ```ts
 * const log = new AuditLog("state/audit.jsonl");
 * await log.open();
 * await log.append({ time: Date.now(), kind: "embeddings", peer: "12D3Koo…", bytes: 65_536, round: 3, digest: "…" });
 * await log.close();
 * await verifyAuditLog("state/audit.jsonl"); // 1
 * ```
 *
 * @module
 */
import { encodeHex } from "@std/encoding/hex";
import { UserError } from "../core/errors.ts";
import type { AuditRecord } from "../mesh/traffic.ts";

const FIRST_LINK = "0".repeat(64);

async function digestOf(line: string): Promise<string> {
  return encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(line))));
}

/** Reads the lines of the log at `path`; an unfinished last line, left by a kill, is cut off the file. */
async function readLines(path: string): Promise<string[]> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  const end = text.lastIndexOf("\n") + 1;
  if (end < text.length) await Deno.writeTextFile(path, text.slice(0, end));
  return text.slice(0, end).split("\n").slice(0, -1);
}

/** An append-only, hash-chained log. */
export class AuditLog {
  readonly #path: string;
  #file: Deno.FsFile | undefined;
  #previous = FIRST_LINK;
  #tail: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Opens the log, continuing the chain of an earlier run. */
  async open(): Promise<void> {
    const last = (await readLines(this.#path)).at(-1);
    this.#previous = last === undefined ? FIRST_LINK : await digestOf(last);
    this.#file = await Deno.open(this.#path, { append: true, create: true });
  }

  /** Resolves when `record` is written; records keep the order of the calls. */
  append(record: AuditRecord): Promise<void> {
    this.#tail = this.#tail.then(async () => {
      if (!this.#file) throw new Error("the audit log is not open");
      const line = JSON.stringify({ ...record, time: new Date(record.time).toISOString(), previous: this.#previous });
      const bytes = new TextEncoder().encode(line + "\n");
      for (let written = 0; written < bytes.length;) written += await this.#file.write(bytes.subarray(written));
      this.#previous = await digestOf(line);
    });
    return this.#tail;
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
    previous = await digestOf(line);
  }
  return lines.length;
}
