/**
 * Reading an audit log, which may be larger than the memory, as a stream: its head, and everything that shows that it
 * is not as the peer wrote it.
 *
 * What a chain cannot show by itself: that its end was cut, or that its last line was changed. An anchor does
 * (`anchors.ts`).
 *
 * @module
 */
import { concat } from "@std/bytes/concat";
import * as v from "valibot";
import { createHash } from "node:crypto"; // WebCrypto takes 25 times as long for a line: a log has millions
import { messageOf, UserError } from "../../core/errors.ts";
import { type AuditHead, auditHeadSchema, EMPTY_HEAD } from "../../mesh/anchors/audit_head.ts";

/** The longest line that is read, in bytes: what a peer writes is far below. */
const MAX_LINE_BYTES = 64 * 1024;

const VERIFYING = "verifying the audit log";
const [NEWLINE, RETURN] = ["\n", "\r"].map((text) => text.charCodeAt(0));
/** How each line begins. */
const BEGINNING = '{"time":';
const MARK = "\uFEFF";
/** Leaves a byte order mark in. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Faults that are told one by one. */
const TOLD = 10;
/** Breaks that are kept in mind. */
const BREAKS = 1_000;

/** The line that a peer writes when it finds at its start, or learns from a member, that its log was changed. */
export interface AuditBreak {
  /** Milliseconds since the epoch. */
  time: number;
  /** Tells it from what left the site. */
  kind: "break";
  /** What was found, in a sentence. */
  fault: string;
  /** The heads that the log should hold and does not. */
  expected?: AuditHead[];
}

/** What cannot be read was changed, which the chain shows. */
const expectedSchema = v.fallback(v.optional(v.array(auditHeadSchema)), undefined);

/** Something that shows that a log is not as the peer wrote it. */
export interface AuditFault {
  /** From 1; of the whole file where there is none. */
  line?: number;
  /** What must hold. */
  rule: string;
  /** What was met. */
  value?: string;
}

/** What a log holds. */
export interface AuditReading {
  /** Of all whole records. */
  head: AuditHead;
  /** When the last of them was written, as it says; absent where there is none. */
  time?: string;
  /** Bytes behind the last whole record. */
  unfinished: number;
  /** The first few, in the order of their lines. */
  faults: AuditFault[];
  /** Faults that are not among them. */
  further: number;
  /** Breaks that are on record. */
  breaks: (Omit<AuditBreak, "time" | "kind"> & { line: number })[];
}

/** A fault as it is put on record. */
export function faultText({ line, rule, value }: AuditFault): string {
  return `${line === undefined ? "" : `line ${line}: `}${rule}${value === undefined ? "" : ` (${value})`}`;
}

/** A fault in the form of every mistake. */
export function faultError(path: string, { line, rule, value }: AuditFault): UserError {
  return new UserError(`${VERIFYING}: ${rule}`, { where: line === undefined ? path : `${path}, line ${line}`, value });
}

/** SHA-256 of a line without its line break, hexadecimal. */
export function digestOf(line: Uint8Array): string {
  return createHash("sha256").update(line).digest("hex");
}

/** Checks line after line. */
class Scan {
  readonly reading: AuditReading;
  /** What a chunk ended with, before its line's end. */
  #pending = new Uint8Array();
  #isLog: boolean;
  /** The last whole line, if it is a record. */
  #last: { text: string; record: Record<string, unknown> } | undefined;

  constructor(from: AuditHead) {
    this.reading = { head: { ...from }, unfinished: 0, faults: [], further: 0, breaks: [] };
    this.#isLog = from.records > 0;
  }

  /** @returns whether to go on: what has no lines is no log. */
  take(chunk: Uint8Array): boolean {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start = end + 1)) {
      const line = chunk.subarray(start, end);
      this.#line(this.#pending.length > 0 ? concat([this.#pending, line]) : line);
      this.#pending = new Uint8Array();
    }
    this.#pending = concat([this.#pending, chunk.subarray(start)]);
    this.reading.unfinished = this.#pending.length;
    if (this.reading.head.records === 0) {
      const begun = String.fromCharCode(...this.#pending.subarray(0, BEGINNING.length));
      this.#isLog = begun !== "" && BEGINNING.startsWith(begun);
    }
    return this.#pending.length <= MAX_LINE_BYTES;
  }

  /** @throws {UserError} if nothing in `path` is a record. */
  end(path: string): AuditReading {
    const { reading } = this;
    if (!this.#isLog && (reading.head.records > 0 || reading.unfinished > 0)) {
      throw new UserError(`${VERIFYING}: the file must be an audit log, a JSON object a line; it is none`, {
        where: path,
      });
    }
    if (reading.unfinished > MAX_LINE_BYTES) {
      const rule =
        `a line must be at most ${MAX_LINE_BYTES} bytes; no peer wrote this one, and nothing behind it is read`;
      throw faultError(path, { line: reading.head.records + 1, rule });
    }
    if (this.#last && JSON.stringify(this.#last.record) !== this.#last.text && !this.#isFaulty(reading.head.records)) {
      this.#fault({ line: reading.head.records, rule: "the last line must be as a peer writes it; it was edited" });
    }
    return reading;
  }

  #isFaulty(line: number): boolean {
    return this.reading.faults.some((fault) => fault.line === line);
  }

  #fault(fault: AuditFault): void {
    if (this.reading.faults.length < TOLD) this.reading.faults.push(fault);
    else this.reading.further++;
  }

  #line(bytes: Uint8Array): void {
    const { head } = this.reading;
    const line = ++head.records;
    head.bytes += bytes.length + 1;
    this.#last = this.#read(bytes, line);
    if (this.#last) this.#note(this.#last.record, line);
    head.digest = digestOf(bytes);
  }

  #read(bytes: Uint8Array, line: number): { text: string; record: Record<string, unknown> } | undefined {
    let text: string, record: unknown;
    try {
      text = decoder.decode(bytes);
      record = JSON.parse(text.startsWith(MARK) ? text.slice(1) : text);
    } catch {
      text = "";
    }
    if (typeof record !== "object" || record === null || !("previous" in record)) {
      this.#fault({ line, rule: "each line must be a JSON object with the digest of the line before it" });
      return undefined;
    }
    this.#isLog = true;
    if (text.startsWith(MARK)) {
      this.#fault({ line, rule: "a line must not begin with a byte order mark; it was edited" });
    } else if (bytes.at(-1) === RETURN) {
      this.#fault({ line, rule: "a line must not end with a carriage return; it was edited" });
    }
    return { text, record: record as Record<string, unknown> };
  }

  #note(record: Record<string, unknown>, line: number): void {
    const { previous, time, kind, fault, expected } = record;
    const { head, breaks } = this.reading;
    if (previous !== head.digest) {
      const rule = "each line must carry the digest of the line before it";
      this.#fault({ line, rule, value: String(previous) });
    }
    this.reading.time = typeof time === "string" ? time : undefined;
    if (kind !== "break" || typeof fault !== "string" || breaks.length >= BREAKS) return;
    breaks.push({ line, fault, expected: v.parse(expectedSchema, expected) });
  }
}

/**
 * Reads the log at `path` from behind the record that `from` names, which must be there.
 *
 * @throws {UserError} if there is no such file, or it is no audit log.
 */
export async function readAuditLog(path: string, from: AuditHead = EMPTY_HEAD): Promise<AuditReading> {
  const scan = new Scan(from);
  try {
    using file = await Deno.open(path);
    await file.seek(from.bytes, Deno.SeekMode.Start);
    const buffer = new Uint8Array(1024 * 1024);
    for (let read = await file.read(buffer); read !== null; read = await file.read(buffer)) {
      if (!scan.take(buffer.subarray(0, read))) break;
    }
  } catch (cause) {
    const isMissing = cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory;
    const rule = isMissing ? "the file must exist" : messageOf(cause);
    throw new UserError(`${VERIFYING}: ${rule}`, { where: path, cause });
  }
  return scan.end(path);
}

/** Whether the log at `path` holds the record that `head` names, at its place; a log that is not there holds none. */
export async function holdsHead(path: string, { bytes, digest }: AuditHead): Promise<boolean> {
  if (bytes === 0) return digest === EMPTY_HEAD.digest;
  const length = Math.min(bytes, MAX_LINE_BYTES + 2);
  const window = new Uint8Array(length);
  try {
    using file = await Deno.open(path);
    if ((await file.stat()).size < bytes) return false;
    await file.seek(bytes - length, Deno.SeekMode.Start);
    for (let filled = 0; filled < length;) {
      const read = await file.read(window.subarray(filled));
      if (read === null) return false;
      filled += read;
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  if (window[length - 1] !== NEWLINE) return false;
  return digestOf(window.subarray(window.lastIndexOf(NEWLINE, length - 2) + 1, length - 1)) === digest;
}

/**
 * Checks the whole chain and returns the number of records.
 *
 * @throws {UserError} naming the first line at fault.
 */
export async function verifyAuditLog(path: string): Promise<number> {
  const { head, faults: [fault], unfinished } = await readAuditLog(path);
  if (fault) throw faultError(path, fault);
  if (unfinished > 0) throw faultError(path, unfinishedFault({ head, unfinished }));
  return head.records;
}

/** What is told of a last line that does not end. */
export function unfinishedFault({ head, unfinished }: Pick<AuditReading, "head" | "unfinished">) {
  const rule = "the last line must end with a line break; it is unfinished";
  return { line: head.records + 1, rule, value: `${unfinished} bytes` };
}

/** How much is read at a time from a log's end, in bytes. */
const WINDOW = 1024 * 1024;

/** The pieces of the file at `path` from its end to its beginning, each with where it begins; none where it is absent. */
export async function* fromTheEnd(path: string): AsyncGenerator<{ bytes: Uint8Array; start: number }> {
  const file = await Deno.open(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (!file) return;
  try {
    for (let end = (await file.stat()).size; end > 0;) {
      const start = Math.max(0, end - WINDOW);
      const bytes = new Uint8Array(end - start);
      await file.seek(start, Deno.SeekMode.Start);
      for (let filled = 0; filled < bytes.length;) {
        const read = await file.read(bytes.subarray(filled));
        if (read === null) return;
        filled += read;
      }
      yield { bytes, start };
      end = start;
    }
  } finally {
    file.close();
  }
}

/** Bytes with the value 0 at the end of the log at `path`: a power cut can leave them, and no peer writes them. */
export async function zerosAtEnd(path: string): Promise<number> {
  let zeros = 0;
  for await (const { bytes } of fromTheEnd(path)) {
    const last = bytes.findLastIndex((byte) => byte !== 0);
    zeros += bytes.length - 1 - last;
    if (last >= 0) break;
  }
  return zeros;
}
