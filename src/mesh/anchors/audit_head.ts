/**
 * The head of an audit log: how many records it holds, in how many bytes, and the digest of the last, which through the
 * chain stands for all of them.
 *
 * A head that is kept outside the log anchors it: a log that has gone on since then still holds this record at this
 * place, one that was cut, changed or replaced does not. What members hold of each other is signed, so that a member
 * cannot hold against another what that one never said.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import * as v from "valibot";
import { type Bytes, utf8 } from "../../core/bytes.ts";
import { type Signer, verifySignature } from "../envelope/sender_keys.ts";
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

/** An audit head as its site announces it. */
export interface SignedAuditHead extends AuditHead {
  /** Larger than in every earlier life of the site. */
  epoch: number;
  /** Grows with every head of a life. */
  sequence: number;
  /** By the site's identity, over all of it, the consortium and the site; base64. */
  signature: string;
}

/** A signed one. */
export const signedHeadSchema = v.strictObject({
  ...auditHeadSchema.entries,
  epoch: count,
  sequence: count,
  signature: v.pipe(v.string(), v.length(88)),
});

function statement(consortium: string, peer: string, head: Omit<SignedAuditHead, "signature">): Bytes {
  const { epoch, sequence, records, bytes, digest } = head;
  return utf8(`syncytium/audit-head/1 ${JSON.stringify([consortium, peer, epoch, sequence, records, bytes, digest])}`);
}

/** `head` with the signature of the site that it is of. */
export async function signAuditHead(
  { peerId, privateKey }: Signer,
  consortium: string,
  head: Omit<SignedAuditHead, "signature">,
): Promise<SignedAuditHead> {
  return { ...head, signature: encodeBase64(await privateKey.sign(statement(consortium, peerId, head))) };
}

/** Whether `peer` said `head` in `consortium`. */
export function isSaidBy(peer: string, consortium: string, head: SignedAuditHead): Promise<boolean> {
  return verifySignature(peer, statement(consortium, peer, head), head.signature);
}

/** Whether `head` was said after `other`. */
export function isLater(head: SignedAuditHead, other: SignedAuditHead): boolean {
  return head.epoch > other.epoch || head.epoch === other.epoch && head.sequence > other.sequence;
}
