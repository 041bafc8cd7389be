/**
 * A member's entry in a charter, which the member signs itself, and the request by which a site asks to be entered.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import * as v from "valibot";
import type { Bytes } from "../../core/bytes.ts";
import { type Signer, verifySignature } from "../envelope/sender_keys.ts";
import { CharterError, type Member, memberSchema, nameSchema, parseForm, statement } from "./charter.ts";

type Entry = Omit<Member, "signature">;

function entryStatement(consortium: string, { name, peer, hpkePublicKey, replaces }: Entry): Bytes {
  return statement("charter-member", { consortium, name, peer, hpkePublicKey, replaces: replaces?.peer ?? null });
}

function replacementStatement(consortium: string, { peer, hpkePublicKey }: Entry, old: string): Bytes {
  return statement("charter-replacement", { consortium, old, peer, hpkePublicKey });
}

/** What {@linkcode makeMember} needs of a site's keys. */
export type MemberKeys = Signer & { readonly hpkePublicKey: Bytes };

/** The entry of the site `name`; with `old`, it takes the place of that identity, which signs it too. */
export async function makeMember(
  keys: MemberKeys,
  { consortium, name, old }: { consortium: string; name: string; old?: Signer },
): Promise<Member> {
  const entry: Entry = { name, peer: keys.peerId, hpkePublicKey: encodeBase64(keys.hpkePublicKey) };
  if (old) {
    const signature = await old.privateKey.sign(replacementStatement(consortium, entry, old.peerId));
    entry.replaces = { peer: old.peerId, signature: encodeBase64(signature) };
  }
  const signature = await keys.privateKey.sign(entryStatement(consortium, entry));
  return { ...entry, signature: encodeBase64(signature) };
}

/** Checks the signatures of an entry. @throws {CharterError} */
export async function verifyMember(consortium: string, member: Member): Promise<void> {
  const { name, peer, replaces, signature } = member;
  if (!await verifySignature(peer, entryStatement(consortium, member), signature)) {
    throw new CharterError(`the entry of ${name} must be signed by its own key for ${consortium}`);
  }
  if (!replaces) return;
  if (
    !await verifySignature(replaces.peer, replacementStatement(consortium, member, replaces.peer), replaces.signature)
  ) {
    throw new CharterError(`the entry of ${name} must be signed by ${replaces.peer}, whose place it takes`);
  }
}

const requestSchema = v.strictObject({
  format: v.literal("syncytium join request 1", 'must be "syncytium join request 1"'),
  consortium: nameSchema,
  member: memberSchema,
});

/** What a site sends to be entered; public. */
export interface JoinRequest {
  /** Says what the file is. */
  format: "syncytium join request 1";
  /** The consortium's name. */
  consortium: string;
  /** The entry that it asks for. */
  member: Member;
}

const namesSchema = v.object({ consortium: nameSchema, member: v.object({ name: nameSchema }) });

/** Checks the names in a request that is still to be made. @throws {CharterError} naming the field. */
export function checkRequestNames({ consortium, name }: { consortium: string; name: string }): void {
  parseForm(namesSchema, { consortium, member: { name } }, "join request");
}

/** The request of an entry. */
export function joinRequest(consortium: string, member: Member): JoinRequest {
  return { format: "syncytium join request 1", consortium, member };
}

/** A request from outside, its form and its signature checked. @throws {CharterError} */
export async function parseJoinRequest(value: unknown): Promise<JoinRequest> {
  const request = parseForm(requestSchema, value, "join request");
  await verifyMember(request.consortium, request.member);
  return request;
}
