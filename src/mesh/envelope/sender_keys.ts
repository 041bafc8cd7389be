/**
 * Sender keys: each sender encrypts with one AES-256-GCM key per epoch, and hands that key to each member sealed to the
 * member's HPKE key (RFC 9180) and signed. Whoever was not a member in an epoch cannot read what was sent in it.
 *
 * @module
 */
import { equals } from "@std/bytes/equals";
import { encodeBase64 } from "@std/encoding/base64";
import type { Ed25519PrivateKey } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import * as v from "valibot";
import { type Bytes, fromBase64, own, utf8 } from "../../core/bytes.ts";
import type { SmallFiles } from "../../core/small_files.ts";
import { world } from "../../core/world.ts";
import { hpkeOpen, hpkeSeal, type SealBinding } from "./hpke.ts";

const packageSchema = v.strictObject({
  consortium: v.string(),
  sender: v.string(),
  recipient: v.string(),
  epoch: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  encapsulated: v.pipe(v.string(), v.length(44)),
  ciphertext: v.pipe(v.string(), v.length(64)),
  signature: v.pipe(v.string(), v.length(88)),
});

/** A sender key on its way to one member. */
export type KeyPackage = v.InferOutput<typeof packageSchema>;

/** An envelope, or a key for one, is not what it must be; the message says which rule it breaks. */
export class EnvelopeError extends Error {
  /** Always "EnvelopeError". */
  override name = "EnvelopeError";
}

/** A key is sealed to another key than this peer's, which may be nobody's fault: a charter may name a newer one. */
export class UnopenedKeyError extends EnvelopeError {}

type Parties = Pick<KeyPackage, "consortium" | "sender" | "recipient" | "epoch">;

function binding({ consortium, sender, recipient, epoch }: Parties): SealBinding {
  return {
    info: utf8(`syncytium/sender-key/1 ${JSON.stringify(consortium)}`),
    aad: utf8(JSON.stringify([sender, recipient, epoch])),
  };
}

function statement(p: Omit<KeyPackage, "signature">): Bytes {
  const fields = [p.consortium, p.sender, p.recipient, p.epoch, p.encapsulated, p.ciphertext];
  return utf8(`syncytium/sender-key/1 ${JSON.stringify(fields)}`);
}

/** An identity that can sign. */
export interface Signer {
  readonly peerId: string;
  readonly privateKey: Ed25519PrivateKey;
}

/** The key of this sender in the present epoch. */
export class SenderKeys {
  readonly #signer: Signer;
  readonly #consortium: string;
  #epoch: number;
  #key: Promise<{ raw: Bytes; key: CryptoKey }>;
  #sequence = 0;
  /** The latest package of each recipient: one that says hello with ever new keys must not pile them up. */
  readonly #packages = new Map<string, { publicKey: Bytes; made: Promise<KeyPackage> }>();

  /** `epoch` must be larger than every epoch that this sender used before; see {@linkcode nextEpoch}. */
  constructor(signer: Signer, { consortium, epoch }: { consortium: string; epoch: number }) {
    this.#signer = signer;
    this.#consortium = consortium;
    this.#epoch = epoch;
    this.#key = freshKey();
  }

  /** The number of the present key. */
  get epoch(): number {
    return this.#epoch;
  }

  /** A new key, for when a member was removed: what is sent from now on cannot be read with the key it holds. */
  rekey(epoch: number = this.#epoch + 1): void {
    if (epoch <= this.#epoch) throw new RangeError(`an epoch must be larger than ${this.#epoch}, got ${epoch}`);
    this.#epoch = epoch;
    this.#sequence = 0;
    this.#packages.clear();
    this.#key = freshKey();
  }

  /** Key and number for one envelope; a number is given once, so that a nonce is never used twice. */
  async next(): Promise<{ key: CryptoKey; epoch: number; sequence: number }> {
    const epoch = this.#epoch;
    const sequence = ++this.#sequence;
    const { key } = await this.#key;
    return { key, epoch, sequence };
  }

  /** The present key, sealed to `recipient` and signed. */
  packageFor(recipient: string, hpkePublicKey: Bytes): Promise<KeyPackage> {
    const before = this.#packages.get(recipient);
    if (before && equals(before.publicKey, hpkePublicKey)) return before.made;
    const made = this.#seal(recipient, hpkePublicKey);
    this.#packages.set(recipient, { publicKey: hpkePublicKey, made });
    return made;
  }

  async #seal(recipient: string, hpkePublicKey: Bytes): Promise<KeyPackage> {
    const parties = { consortium: this.#consortium, sender: this.#signer.peerId, recipient, epoch: this.#epoch };
    const { raw } = await this.#key;
    const sealed = await hpkeSeal(hpkePublicKey, raw, binding(parties));
    const unsigned = {
      ...parties,
      encapsulated: encodeBase64(sealed.encapsulated),
      ciphertext: encodeBase64(sealed.ciphertext),
    };
    return { ...unsigned, signature: encodeBase64(await this.#signer.privateKey.sign(statement(unsigned))) };
  }
}

async function freshKey(): Promise<{ raw: Bytes; key: CryptoKey }> {
  const raw = world.randomBytes(32);
  return { raw, key: await importKey(raw, "encrypt") };
}

function importKey(raw: Bytes, use: "encrypt" | "decrypt"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, [use]);
}

/** Whom a key package must come from and be for. */
export interface KeyRecipient {
  readonly consortium: string;
  readonly sender: string;
  readonly recipient: string;
  readonly hpkePrivateKey: Bytes;
}

/**
 * Opens a key that a member sealed to this peer.
 *
 * @throws {EnvelopeError} if it is malformed, of another consortium, sender or recipient, wrongly signed, or does not
 * open.
 */
export async function openKeyPackage(value: unknown, to: KeyRecipient): Promise<{ epoch: number; key: CryptoKey }> {
  const parsed = v.safeParse(packageSchema, value);
  if (!parsed.success) throw new EnvelopeError(`a sender key is malformed: ${parsed.issues[0].message}`);
  const sealed = parsed.output;
  for (const field of ["consortium", "sender", "recipient"] as const) {
    if (sealed[field] !== to[field]) {
      throw new EnvelopeError(`a sender key must have ${field} ${to[field]}, got ${sealed[field]}`);
    }
  }
  if (!await verifySignature(sealed.sender, statement(sealed), sealed.signature)) {
    throw new EnvelopeError("a sender key must be signed by its sender");
  }
  let raw: Bytes;
  try {
    const parts = { encapsulated: fromBase64(sealed.encapsulated), ciphertext: fromBase64(sealed.ciphertext) };
    raw = await hpkeOpen(to.hpkePrivateKey, parts, binding(sealed));
  } catch (cause) {
    throw new UnopenedKeyError("a sender key does not open with this peer's key", { cause });
  }
  if (raw.length !== 32) throw new EnvelopeError(`a sender key must be 32 bytes, got ${raw.length}`);
  return { epoch: sealed.epoch, key: await importKey(raw, "decrypt") };
}

/** Whether `signature` (base64 or bytes) over `data` is by the Ed25519 identity of `peer`. */
export async function verifySignature(peer: string, data: Bytes, signature: string | Bytes): Promise<boolean> {
  try {
    const bytes = typeof signature === "string" ? fromBase64(signature) : own(signature);
    return await peerIdFromString(peer).publicKey?.verify(data, bytes) ?? false;
  } catch {
    return false;
  }
}

/**
 * The epoch to begin with: larger than the one kept in `path`, also when the clock went back; kept there at once.
 *
 * A file that holds no number counts as 0: the clock decides then.
 */
export async function nextEpoch(path: string, files: SmallFiles): Promise<number> {
  const before = Number(await files.read(path).catch(() => undefined) ?? "0");
  const epoch = Math.max(world.now(), Number.isSafeInteger(before) ? before + 1 : 0);
  await files.write(path, `${epoch}\n`);
  return epoch;
}
