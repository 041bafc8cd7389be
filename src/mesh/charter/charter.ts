/**
 * A charter: who belongs to a consortium, with which model and method, and how many members must agree to a change.
 *
 * What is signed and digested is the charter without its signatures, in the canonical form of RFC 8785 behind a prefix
 * of its own, so that layout and order of fields mean nothing, and no signature serves for anything else.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import { peerIdFromString } from "@libp2p/peer-id";
import canonicalize from "canonicalize";
import * as v from "valibot";
import { type Bytes, fromBase64, sha256, utf8 } from "../../core/bytes.ts";
import { type CharterSettings, charterSettingsSchema } from "./settings.ts";

/** What a charter may hold: members, bytes of its JSON, versions and bytes of a file of charters. */
export const CHARTER_LIMITS = Object.freeze({
  members: 2000,
  bytes: 2 * 1024 * 1024,
  versions: 10_000,
  fileBytes: 64 * 1024 * 1024,
});

/** A charter breaks a rule; the message says which. */
export class CharterError extends Error {
  override name = "CharterError";
}

function isPeerId(text: string): boolean {
  try {
    const peer = peerIdFromString(text);
    return peer.type === "Ed25519" && peer.toString() === text;
  } catch {
    return false;
  }
}

function isBase64(text: string): boolean {
  try {
    return encodeBase64(fromBase64(text)) === text;
  } catch {
    return false;
  }
}

const nameRule = 'must be 1 to 64 letters, digits, ".", "_" or "-", a letter or digit first';
/** The form of a site's and of a consortium's name. */
export const nameSchema: v.GenericSchema<string> = v.pipe(
  v.string("must be a string"),
  v.regex(/^[A-Za-z0-9][\w.-]{0,63}$/, nameRule),
);
const peer = v.pipe(
  v.string("must be a string"),
  v.maxLength(100, "must be the peer id of an Ed25519 key"),
  v.check(isPeerId, "must be the peer id of an Ed25519 key"),
);
const base64 = (bytes: number) => {
  const rule = `must be ${bytes} bytes in base64`;
  return v.pipe(v.string(rule), v.length(4 * Math.ceil(bytes / 3), rule), v.check(isBase64, rule));
};
const digest = v.pipe(v.string("must be a string"), v.regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits"));
const whole = (highest: number) => {
  const rule = `must be an integer from 1 to ${highest}`;
  return v.pipe(v.number(rule), v.safeInteger(rule), v.minValue(1, rule), v.maxValue(highest, rule));
};
const list = <T extends v.GenericSchema>(entry: T) =>
  v.pipe(
    v.array(entry, "must be a list"),
    v.maxLength(CHARTER_LIMITS.members, `must have at most ${CHARTER_LIMITS.members} entries`),
  );

/** A peer id with its signature, in base64. */
export interface Signature {
  /** Whose it is. */
  peer: string;
  /** Ed25519, 64 bytes. */
  signature: string;
}

/** One member of a charter. */
export interface Member extends Signature {
  /** How the site is called: 1 to 64 letters, digits, ".", "_" or "-". */
  name: string;
  /** X25519, 32 bytes in base64, to which others seal (RFC 9180). */
  hpkePublicKey: string;
  /** Where the entry takes the place of another identity of the same site: that identity, and its signature. */
  replaces?: Signature;
  /** By `peer`: it holds the identity's key, and the sealing key is its own. */
  signature: string;
}

/** A charter as it is signed. */
export interface UnsignedCharter {
  /** The consortium's name. */
  consortium: string;
  /** Digest of all settings that the sites must share. */
  model: string;
  /** Those settings themselves; charters that were signed before there were any have none. */
  settings?: CharterSettings;
  /** From 1, each one more than the one before. */
  version: number;
  /** Digest of the version before; null for the first. */
  previous: string | null;
  /** How many members must sign the next version. */
  threshold: number;
  /** Who belongs. */
  members: Member[];
}

/** One version of a charter, well formed; whether its signatures are valid is for verify.ts. */
export interface Charter extends UnsignedCharter {
  /** By members of the version before, and of the first by its own. */
  signatures: Signature[];
}

const signatureSchema = v.strictObject({ peer, signature: base64(64) });

/** The form of a member's entry; what it must be signed by stands in member.ts. */
export const memberSchema: v.GenericSchema<Member> = v.strictObject({
  name: nameSchema,
  peer,
  hpkePublicKey: base64(32),
  replaces: v.optional(signatureSchema),
  signature: base64(64),
});

const charterSchema = v.strictObject({
  consortium: nameSchema,
  model: digest,
  settings: v.optional(charterSettingsSchema),
  version: whole(CHARTER_LIMITS.versions),
  previous: v.nullable(digest),
  threshold: whole(CHARTER_LIMITS.members),
  members: v.pipe(list(memberSchema), v.minLength(1, "must have at least one entry")),
  signatures: list(signatureSchema),
});

function refuseTwice(values: readonly string[], what: string): void {
  const seen = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) throw new CharterError(`${what} must stand in a charter once, got ${value} twice`);
    seen.add(value);
  }
}

/** The rule that `issue` tells of, with the place in `what`. */
function sentenceOf(issue: v.BaseIssue<unknown>, what: string): string {
  const unknown = issue.type === "strict_object" && issue.expected === "never";
  const rule = unknown ? "is not known" : issue.input === undefined ? "is missing" : issue.message;
  const path = v.getDotPath(issue);
  return path === null ? `a ${what} must be an object` : `the ${what}'s field "${path}" ${rule}`;
}

/**
 * A value from outside as a schema wants it, at the first mistake refused: a hostile one cannot make a heap of
 * complaints.
 *
 * @param what it should be, for errors
 * @throws {CharterError}
 */
export function parseForm<T extends v.GenericSchema>(schema: T, value: unknown, what: string): v.InferOutput<T> {
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  if (!parsed.success) throw new CharterError(sentenceOf(parsed.issues[0], what));
  return parsed.output;
}

/** Checks the form of a charter. @throws {CharterError} naming the field and the rule. */
export function parseCharter(value: unknown): Charter {
  const charter = parseForm(charterSchema, value, "charter");
  const { members, threshold, version, previous, signatures } = charter;
  refuseTwice(members.map((member) => member.name), "a name");
  refuseTwice(members.map((member) => member.peer), "a member");
  refuseTwice(members.map((member) => member.hpkePublicKey), "a sealing key");
  refuseTwice(signatures.map((signature) => signature.peer), "a signer");
  if (threshold > members.length) {
    throw new CharterError(
      `the threshold must be at most the number of members, got ${threshold} of ${members.length}`,
    );
  }
  if ((version === 1) !== (previous === null)) {
    throw new CharterError("the first version of a charter, and no other, must have null as the version before");
  }
  return charter;
}

/** The charter in `bytes`, of a remote. @throws {CharterError} before anything is read if they are too many. */
export function decodeCharter(bytes: Uint8Array): Charter {
  if (bytes.length > CHARTER_LIMITS.bytes) {
    throw new CharterError(`a charter must be at most ${CHARTER_LIMITS.bytes} bytes, got ${bytes.length}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new CharterError("a charter must be JSON", { cause });
  }
  return parseCharter(value);
}

/** RFC 8785 of `value`, behind `purpose`: what signatures of that purpose cover. */
export function statement(purpose: string, value: object): Bytes {
  return utf8(`syncytium/${purpose}/1\n${canonicalize(value)}`);
}

/** What members sign of a charter. */
export function charterStatement(
  { consortium, model, settings, version, previous, threshold, members }: UnsignedCharter,
): Bytes {
  const own = { consortium, model, version, previous, threshold, members };
  return statement("charter", settings === undefined ? own : { ...own, settings });
}

/** SHA-256 of what is signed, hexadecimal: names the charter, whoever has signed it. */
export async function charterDigest(charter: UnsignedCharter): Promise<string> {
  return (await sha256(charterStatement(charter))).toHex();
}

/**
 * A digest as people read it to each other: 8 groups of 5 digits, 132 bits. To make two charters that agree in it takes
 * about 2^66 trials, so that it also holds against the author of both.
 */
export function fingerprint(digest: string): string {
  const digits = (BigInt(`0x${digest}`) % 10n ** 40n).toString().padStart(40, "0");
  return digits.match(/.{5}/g)!.join(" ");
}
