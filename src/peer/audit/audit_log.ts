/**
 * The audit log: one line for everything that leaves the site, written before it leaves.
 *
 * Each line is a JSON object that carries the SHA-256 of the line before it, so that a line cannot be changed, dropped
 * or put in without breaking the chain behind it. What a chain cannot show, a cut or changed end, is seen by anchors:
 * heads of the log that lie outside it (`anchors.ts`). A log that is not as it was is gone on with, and says so itself
 * in a line of its own.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { AuditLog } from "./audit_log.ts";
 * import { verifyAuditLog } from "./reading.ts";
 *
 * const directory = await Deno.makeTempDir();
 * const path = `${directory}/audit.jsonl`;
 * const log = new AuditLog(path);
 * const { warnings } = await log.open();
 * await log.append({ time: Date.now(), kind: "embeddings", peer: "12D3Koo…", bytes: 65_536, round: 3, digest: "…" });
 * const { records } = await log.anchor();
 * await log.close();
 * assertEquals([warnings, records, await verifyAuditLog(path)], [[], 1, 1]);
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */
import { messageOf, UserError } from "../../core/errors.ts";
import { type AuditHead, EMPTY_HEAD } from "../../mesh/anchors/audit_head.ts";
import type { AuditRecord } from "../../mesh/protocols/traffic.ts";
import type { AppliedPolicy } from "../policy/release_policy.ts";
import type { AppliedToUpdate } from "../policy/update_policy.ts";
import { type Anchor, anchorFault, anchorsBeside, writeHead } from "./anchors.ts";
import {
  type AuditBreak,
  type AuditFault,
  type AuditReading,
  digestOf,
  faultError,
  faultText,
  holdsHead,
  readAuditLog,
  zerosAtEnd,
} from "./reading.ts";

/** So many records are kept in mind, to be shown. */
export const RECENT = 20;

/** Nobody but its peer writes it, and nobody else reads it, whatever is usual in the folder. */
const OPENING: Deno.OpenOptions = { append: true, create: true, mode: 0o600 };

/** A line of the log about something that leaves. */
export interface AuditLine extends AuditRecord {
  /** What the site's policy did to features before they were sealed. */
  policy?: AppliedPolicy;
  /** What it did to the update that the weights hold. */
  update?: AppliedToUpdate;
}

/** What was met when a log was opened. */
export interface AuditOpened {
  /** What an administrator must know, a sentence each. */
  warnings: string[];
}

/** Options of {@linkcode AuditLog}. */
export interface AuditLogOptions {
  /**
   * The largest log that is verified from its first line when it is opened, in bytes; of a larger one, what follows the
   * furthest anchor that holds. @default {32 MiB, which takes about a second}
   */
  verifiedBytes?: number;
  /** Told, in a sentence, of what somebody else does to the file while it is open. @default nobody is */
  warn?: (message: string) => void;
}

/** An append-only, hash-chained log. */
export class AuditLog {
  readonly #path: string;
  readonly #verifiedBytes: number;
  readonly #warn: (message: string) => void;
  #file: Deno.FsFile | undefined;
  #head: Readonly<AuditHead> = EMPTY_HEAD;
  #recent: (AuditLine | AuditBreak)[] = [];
  #anchored: Readonly<AuditHead> | undefined;
  /** What the log already says of itself: digests of heads that it does not hold, or sentences. */
  readonly #onRecord = new Set<string>();
  #tail: Promise<void> = Promise.resolve();

  /** The log in the file at `path`, which need not be there yet. */
  constructor(path: string, { verifiedBytes = 32 * 2 ** 20, warn = () => {} }: AuditLogOptions = {}) {
    this.#path = path;
    this.#warn = warn;
    this.#verifiedBytes = verifiedBytes;
  }

  /** The head of all that was written so far. */
  get head(): Readonly<AuditHead> {
    return this.#head;
  }

  /** The latest records of this life, at most {@linkcode RECENT} of them, the newest last. */
  get recent(): readonly (AuditLine | AuditBreak)[] {
    return this.#recent;
  }

  /** The latest head that is surely on the disk, for others to hold; undefined before the log is open. */
  get anchored(): Readonly<AuditHead> | undefined {
    return this.#anchored;
  }

  /**
   * Opens the log, going on with the chain of an earlier run, after a look whether it is as that run left it: its chain
   * and every anchor beside it. What is not is written into the log, once.
   *
   * @throws {UserError} if there is another file, which is no audit log, or it cannot be written.
   */
  async open(): Promise<AuditOpened> {
    const { anchors, unread } = await anchorsBeside(this.#path);
    try {
      this.#file = await Deno.open(this.#path, OPENING);
      const zeros = await zerosAtEnd(this.#path);
      const size = (await this.#file.stat()).size - zeros;
      if (zeros > 0) await this.#file.truncate(size);
      const from = size > this.#verifiedBytes ? await this.#furthestHeld(anchors) : EMPTY_HEAD;
      const reading = await readAuditLog(this.#path, from);
      const warnings: string[] = [];
      const unfinished = reading.unfinished + zeros;
      if (unfinished > 0) {
        await this.#file.truncate(reading.head.bytes);
        warnings.push(
          `an unfinished record, ${unfinished} bytes at the end of ${this.#path}, was cut off: ` +
            "its peer was ended while it wrote it, or somebody else changed the file",
        );
      }
      this.#head = reading.head;
      for (const { fault, expected } of reading.breaks) this.#remember(fault, expected);
      for (const fault of unread) warnings.push(faultError(this.#path, fault).message);
      warnings.push(...await this.#recordBreaks(reading, anchors));
      await this.anchor();
      return { warnings };
    } catch (cause) {
      this.#file?.close();
      this.#file = undefined;
      if (cause instanceof UserError) throw cause;
      throw new UserError(`opening the audit log: ${messageOf(cause)}`, { where: this.#path, cause });
    }
  }

  async #furthestHeld(anchors: readonly Anchor[]): Promise<AuditHead> {
    for (const { head } of anchors) if (await holdsHead(this.#path, head)) return head;
    return EMPTY_HEAD;
  }

  /** Writes down what is not as it was, unless the log says so already. @returns the same for people */
  async #recordBreaks(reading: AuditReading, anchors: readonly Anchor[]): Promise<string[]> {
    const warnings: string[] = [];
    for (const fault of reading.faults) {
      if (await this.#recordBreak(faultText(fault))) warnings.push(this.#warning(fault));
    }
    const missing: (AuditFault & Anchor)[] = [];
    for (const anchor of anchors) {
      const fault = await anchorFault(this.#path, anchor, reading);
      if (fault) missing.push({ ...fault, ...anchor });
    }
    if (missing.length > 0) {
      // the furthest stands for the others
      const isNew = await this.#recordBreak(faultText(missing[0]), missing.map(({ head }) => head));
      if (isNew) warnings.push(this.#warning(missing[0]));
    }
    return warnings;
  }

  #warning(fault: AuditFault): string {
    return `${faultError(this.#path, fault).message}; the log says so itself from now on`;
  }

  #remember(fault: string, expected?: readonly AuditHead[]): void {
    for (const key of expected?.map(({ digest }) => digest) ?? [fault]) this.#onRecord.add(key);
  }

  /** @returns whether this is new */
  #recordBreak(fault: string, expected?: AuditHead[]): Promise<boolean> {
    return this.#enqueue(() => this.#writeBreak(fault, expected));
  }

  async #writeBreak(fault: string, expected?: AuditHead[]): Promise<boolean> {
    const keys = expected?.map(({ digest }) => digest) ?? [fault];
    if (keys.every((key) => this.#onRecord.has(key))) return false;
    await this.#write({ time: Date.now(), kind: "break", fault, expected });
    this.#remember(fault, expected);
    return true;
  }

  /**
   * Looks whether the file is as this peer left it, which alone writes it, and goes on with what is there if not. The
   * lines before the last are looked at when the log is opened.
   *
   * @throws {UserError} if another file is in its place, which is no audit log.
   */
  async #look(): Promise<void> {
    const head = this.#head;
    const size = await sizeOf(this.#path);
    const isHeld = size !== undefined && size >= head.bytes && await holdsHead(this.#path, head);
    if (isHeld && size === head.bytes) return;
    this.#opened().close();
    this.#file = undefined;
    this.#file = await Deno.open(this.#path, OPENING);
    let fault: AuditFault;
    if (isHeld) {
      const foreign = `${size - head.bytes} bytes behind its record ${head.records} were not, and are cut off`;
      fault = { rule: `the log must be written by its peer, which runs; ${foreign}` };
    } else {
      const reading = await readAuditLog(this.#path);
      const missing = await anchorFault(this.#path, { head, by: "its peer, which runs," }, reading);
      fault = missing ?? { rule: `the log must end with the record ${head.records} of its peer, which runs` };
      this.#head = reading.head;
    }
    await this.#file.truncate(this.#head.bytes);
    if (await this.#writeBreak(faultText(fault), isHeld ? undefined : [head])) this.#warn(this.#warning(fault));
  }

  /**
   * Whether the log holds what a member holds of it, which must be a head that this site had announced. If it does not,
   * the log says so from now on.
   *
   * @returns a sentence that says what is missing, the first time; undefined otherwise.
   */
  async compare(head: AuditHead, by: string): Promise<string | undefined> {
    const fault = await anchorFault(this.#path, { head, by }, { head: this.#head });
    return fault && await this.#recordBreak(faultText(fault), [head]) ? this.#warning(fault) : undefined;
  }

  /**
   * Resolves when `record` is written; records keep the order of the calls. One that fails leaves the log as it was.
   */
  append(record: AuditLine): Promise<void> {
    return this.#enqueue(async () => {
      await this.#look();
      await this.#write(record);
    });
  }

  /**
   * Flushes what was appended so far to the disk, and keeps the head beside the log. Whatever is to anchor the log must
   * be written after this: the power may go at any instant, and nothing but the anchor must then be missing.
   *
   * @returns the head that is on the disk now.
   */
  anchor(): Promise<Readonly<AuditHead>> {
    return this.#enqueue(async () => {
      if (this.#anchored) await this.#look();
      const head = this.#head;
      if (this.#anchored?.digest === head.digest) return this.#anchored;
      await this.#opened().sync();
      await writeHead(this.#path, head);
      return this.#anchored = head;
    });
  }

  /** Waits for what is being written, anchors it, and closes the file. Never throws: what was written stays. */
  async close(): Promise<void> {
    if (this.#file) await this.anchor().catch(() => {}); // a full disk: the anchor before holds as well
    this.#file?.close();
    this.#file = undefined;
  }

  #opened(): Deno.FsFile {
    if (!this.#file) throw new Error("the audit log is not open");
    return this.#file;
  }

  /** Does one thing after another. */
  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(work);
    this.#tail = done.then(() => {}, () => {}); // the caller is told; the next gets a try of its own
    return done;
  }

  async #write(record: AuditLine | AuditBreak): Promise<void> {
    const file = this.#opened();
    const { records, digest: previous } = this.#head;
    const line = JSON.stringify({ ...record, time: new Date(record.time).toISOString(), previous });
    const bytes = new TextEncoder().encode(line + "\n");
    const { size } = await file.stat();
    try {
      for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
    } catch (error) {
      await file.truncate(size);
      throw error;
    }
    const digest = digestOf(bytes.subarray(0, -1));
    this.#head = { records: records + 1, bytes: size + bytes.length, digest };
    this.#recent = [...this.#recent, record].slice(-RECENT);
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
