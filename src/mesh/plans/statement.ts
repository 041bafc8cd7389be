/**
 * What a member says, once, towards a plan of all: signed by its identity, so that others can pass it on and nobody can
 * say it in its name.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import canonicalize from "canonicalize";
import * as v from "valibot";
import { type Bytes, utf8 } from "../../core/bytes.ts";
import { type Signer, verifySignature } from "../envelope/sender_keys.ts";

/** A statement. */
export interface Statement {
  /** The peer id of who says it. */
  readonly peer: string;
  /** What: JSON, whose meaning is the owner's of the mesh. */
  readonly says: unknown;
  /** By the member's identity, over the consortium, its id and what it says in canonical form (RFC 8785); base64. */
  readonly signature: string;
}

/** JSON that has a canonical form: no number beyond float64, and not nested beyond what can be followed. */
export const canonical = v.pipe(v.unknown(), v.check(hasCanonicalForm, "must have a canonical form"));

/** The form of a statement. */
export const statementSchema = v.strictObject({
  peer: v.pipe(v.string(), v.maxLength(100)),
  says: canonical,
  signature: v.pipe(v.string(), v.length(88)),
});

function hasCanonicalForm(value: unknown): boolean {
  try {
    return canonicalize(value) !== undefined;
  } catch {
    return false;
  }
}

function text(consortium: string, { peer, says }: Omit<Statement, "signature">): Bytes {
  return utf8(`syncytium/plan-statement/1\n${canonicalize([consortium, peer, says])}`);
}

/** `says`, as `signer` says it in `consortium`. */
export async function makeStatement(
  { peerId: peer, privateKey }: Signer,
  consortium: string,
  says: unknown,
): Promise<Statement> {
  return { peer, says, signature: encodeBase64(await privateKey.sign(text(consortium, { peer, says }))) };
}

/** Whether its peer said it in `consortium`. */
export function isSaid(statement: Statement, consortium: string): Promise<boolean> {
  return verifySignature(statement.peer, text(consortium, statement), statement.signature);
}
