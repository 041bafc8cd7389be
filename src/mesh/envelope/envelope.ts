/**
 * The end-to-end envelope of what members send each other, so that a hop in between reads nothing and changes nothing.
 *
 * ```
 * "SYNE" 1 | header length (u16) | header, canonical JSON | Ed25519 signature (64) | AES-256-GCM ciphertext with tag
 * ```
 *
 * The header names consortium, sender, kind, round, epoch and sequence. It is the cipher's associated data; the
 * signature by the sender's identity covers header and ciphertext; the nonce is the sequence, which a sender gives once
 * in an epoch. Receivers take only a (epoch, sequence) larger than the sender's last, so a replay is refused whoever
 * brings it.
 *
 * @module
 */
import { concat } from "@std/bytes/concat";
import { equals } from "@std/bytes/equals";
import * as v from "valibot";
import { type Bytes, fromUtf8, own, sha256, utf8 } from "../../core/bytes.ts";
import { EnvelopeError, type SenderKeys, type Signer, verifySignature } from "./sender_keys.ts";

const MAGIC = Uint8Array.of(0x53, 0x59, 0x4e, 0x45, 1);
const SIGNATURE_BYTES = 64;
const TAG_BYTES = 16;
const MAX_HEADER = 1024;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const headerSchema = v.strictObject({
  consortium: v.string(),
  sender: v.string(),
  kind: v.string(),
  round: count,
  epoch: count,
  sequence: count,
});

/** What an envelope says of itself, in clear. */
export type EnvelopeHeader = v.InferOutput<typeof headerSchema>;

function canonical({ consortium, sender, kind, round, epoch, sequence }: EnvelopeHeader): Bytes {
  return utf8(JSON.stringify({ consortium, sender, kind, round, epoch, sequence }));
}

function nonceOf(sequence: number): Bytes {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(4, BigInt(sequence));
  return nonce;
}

async function signedPart(header: Bytes, ciphertext: Bytes): Promise<Bytes> {
  return concat([utf8("syncytium/envelope/1\n"), await sha256(header), await sha256(ciphertext)]);
}

/** What goes around the text. */
export interface SealOptions {
  signer: Signer;
  keys: SenderKeys;
  consortium: string;
  kind: string;
  round: number;
}

/** Encrypts and signs `text`. */
export async function sealEnvelope(
  text: Bytes,
  options: SealOptions,
): Promise<{ bytes: Bytes; header: EnvelopeHeader }> {
  const { signer, keys, consortium, kind, round } = options;
  const { key, epoch, sequence } = await keys.next();
  const header = { consortium, sender: signer.peerId, kind, round, epoch, sequence };
  const headerBytes = canonical(header);
  if (headerBytes.length > MAX_HEADER) throw new RangeError(`an envelope's header must be at most ${MAX_HEADER} bytes`);
  const iv = nonceOf(sequence);
  const encrypted = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: headerBytes }, key, text);
  const ciphertext = new Uint8Array(encrypted);
  const signature = own(await signer.privateKey.sign(await signedPart(headerBytes, ciphertext)));
  const length = new Uint8Array(2);
  new DataView(length.buffer).setUint16(0, headerBytes.length);
  return { bytes: concat([MAGIC, length, headerBytes, signature, ciphertext]), header };
}

interface Parts {
  header: EnvelopeHeader;
  headerBytes: Bytes;
  signature: Bytes;
  ciphertext: Bytes;
}

/** Takes an envelope apart without trusting it. @throws {EnvelopeError} */
export function parseEnvelope(bytes: Bytes): Parts {
  const start = MAGIC.length + 2;
  if (bytes.length < start || !equals(bytes.subarray(0, MAGIC.length), MAGIC)) {
    throw new EnvelopeError("the bytes are no envelope of version 1");
  }
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint16(MAGIC.length);
  if (headerLength > MAX_HEADER) {
    throw new EnvelopeError(`an envelope's header must be at most ${MAX_HEADER} bytes, got ${headerLength}`);
  }
  const signatureStart = start + headerLength;
  const textStart = signatureStart + SIGNATURE_BYTES;
  if (bytes.length < textStart + TAG_BYTES) {
    throw new EnvelopeError(`an envelope is truncated at ${bytes.length} bytes`);
  }
  const headerBytes = bytes.subarray(start, signatureStart);
  let header: EnvelopeHeader;
  try {
    header = v.parse(headerSchema, JSON.parse(fromUtf8(headerBytes)));
  } catch (cause) {
    throw new EnvelopeError("an envelope's header is malformed", { cause });
  }
  if (!equals(canonical(header), headerBytes)) {
    throw new EnvelopeError("an envelope's header is not in canonical form");
  }
  return {
    header,
    headerBytes,
    signature: bytes.subarray(signatureStart, textStart),
    ciphertext: bytes.subarray(textStart),
  };
}

/** What an envelope must be to be opened. */
export interface OpenOptions {
  consortium: string;
  sender: string;
  kind: string;
  /** The round that was announced. */
  round: number;
  /** The sender's key and the epoch it belongs to. */
  key: { epoch: number; key: CryptoKey };
  /** Largest envelope, in bytes. @default 64 MiB */
  maxBytes?: number;
}

/** Opens envelopes and remembers, for each sender and kind, the last that it opened. */
export class EnvelopeReader {
  readonly #last = new Map<string, { epoch: number; sequence: number }>();

  /**
   * The text of an envelope.
   *
   * @throws {EnvelopeError} if it is oversized, truncated, malformed, of another consortium, sender, kind, round or
   * epoch, wrongly signed, a replay, or does not decrypt. Nothing is remembered of what was refused.
   */
  async open(bytes: Bytes, options: OpenOptions): Promise<{ text: Bytes; header: EnvelopeHeader }> {
    const { key, maxBytes = 64 * 1024 * 1024, ...expected } = options;
    if (bytes.length > maxBytes) {
      throw new EnvelopeError(`an envelope must be at most ${maxBytes} bytes, got ${bytes.length}`);
    }
    const { header, headerBytes, signature, ciphertext } = parseEnvelope(bytes);
    const { consortium, sender, kind, round } = expected;
    for (const [field, value] of Object.entries({ consortium, sender, kind, round, epoch: key.epoch })) {
      const met = header[field as keyof EnvelopeHeader];
      if (met !== value) throw new EnvelopeError(`an envelope must have ${field} ${value}, got ${met}`);
    }
    this.#refuseReplay(header);
    if (!await verifySignature(sender, await signedPart(headerBytes, ciphertext), signature)) {
      throw new EnvelopeError("an envelope must be signed by its sender");
    }
    let text: ArrayBuffer;
    try {
      const iv = nonceOf(header.sequence);
      text = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: headerBytes }, key.key, ciphertext);
    } catch (cause) {
      throw new EnvelopeError("an envelope does not decrypt with its sender's key", { cause });
    }
    // again: two copies may have been under way at the same time
    this.#refuseReplay(header);
    this.#last.set(`${sender} ${kind}`, { epoch: header.epoch, sequence: header.sequence });
    return { text: new Uint8Array(text), header };
  }

  #refuseReplay({ sender, kind, epoch, sequence }: EnvelopeHeader): void {
    const last = this.#last.get(`${sender} ${kind}`);
    if (last && (epoch < last.epoch || (epoch === last.epoch && sequence <= last.sequence))) {
      throw new EnvelopeError(
        `an envelope is a replay: ${epoch}/${sequence} is not after ${last.epoch}/${last.sequence}`,
      );
    }
  }
}
