/**
 * The head of an audit log: how many records it holds, in how many bytes, and the digest of the last, which through the
 * chain stands for all of them.
 *
 * A head that is kept outside the log anchors it: a log that has gone on since then still holds this record at this
 * place, one that was cut, changed or replaced does not.
 *
 * @module
 */
import * as v from "valibot";
import { count, hexDigest } from "../protocols/fields.ts";

/** The head of an audit log. */
export interface AuditHead {
  /** Records so far; from 0. */
  records: number;
  /** Bytes that they take, so that the last of them is found without reading the others. */
  bytes: number;
  /** SHA-256 of the last line, without its line break, hexadecimal; 64 zeros where there is none. */
  digest: string;
}

/** The head of a log that holds nothing. */
export const EMPTY_HEAD: Readonly<AuditHead> = Object.freeze({ records: 0, bytes: 0, digest: "0".repeat(64) });

/** An audit head by itself. */
export const auditHeadSchema = v.strictObject({ records: count, bytes: count, digest: hexDigest });
