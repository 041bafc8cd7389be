/**
 * Masks that are agreed pairwise and cancel in the sum, and a member's own mask, which only comes off once all have said
 * that all parts are there: the double masking of Bonawitz et al. 2017 ("Practical secure aggregation for
 * privacy-preserving machine learning", CCS, section 4), without its shares of secrets: here a sum from which a member
 * has dropped is void.
 *
 * Each pair derives a key from an X25519 key that each makes for one attempt at one step and then forgets, by HKDF
 * (RFC 5869) whose salt is the digest of all that the attempt is about (`roster.ts`). The mask is AES-256-CTR's key
 * stream under that key, which is used for nothing else. So no mask is ever used twice, and what is found on a site
 * later opens none.
 *
 * @module
 */
import { type Bytes, own, sha256, utf8 } from "../../../core/bytes.ts";
import { world } from "../../../core/world.ts";
import { addTo, bytesOfRing, type Ring, takeFrom } from "./ring.ts";

const PAIR_INFO = utf8("syncytium/secure-sum/pair/1");
const OWN_INFO = utf8("syncytium/secure-sum/own/1");

/** Values of a mask that are made at a time: 1 MiB, so that nothing waits long for the thread. */
const PIECE = 262_144;
const AES_BLOCK = 16;

/** Bytes of a seed of one's own mask. */
export const SEED_BYTES = 32;

/** A key pair for one attempt. */
export interface PairKeys {
  readonly privateKey: CryptoKey;
  /** Raw, 32 bytes. */
  readonly publicKey: Bytes;
}

/** Makes one; the private key cannot be read out. */
export async function newPairKeys(): Promise<PairKeys> {
  const pair = await crypto.subtle.generateKey("X25519", false, ["deriveBits"]) as CryptoKeyPair;
  return {
    privateKey: pair.privateKey,
    publicKey: new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)),
  };
}

/** The seed of a member's own mask. */
export function newSeed(): Bytes {
  return world.randomBytes(SEED_BYTES);
}

/** What a seed is known by before it is told. */
export async function commitmentTo(seed: Bytes): Promise<string> {
  return (await sha256(new Uint8Array([...utf8("syncytium/secure-sum/seed/1"), ...seed]))).toHex();
}

/**
 * The mask that this member and the one with `theirs` have in common.
 *
 * @param salt the digest of the attempt.
 * @throws {DOMException} if `theirs` is no key, or one that leads to no secret.
 */
export async function pairMask(keys: PairKeys, theirs: Bytes, salt: Bytes): Promise<Mask> {
  const key = await crypto.subtle.importKey("raw", own(theirs), "X25519", false, []);
  const secret = await crypto.subtle.deriveBits({ name: "X25519", public: key }, keys.privateKey, 256);
  return await Mask.from(new Uint8Array(secret), salt, PAIR_INFO);
}

/** A member's own mask. */
export async function ownMask(seed: Bytes, salt: Bytes): Promise<Mask> {
  return await Mask.from(seed, salt, OWN_INFO);
}

/** A stream of numbers modulo 2^32 that looks random to whoever lacks the key. */
export class Mask {
  readonly #key: CryptoKey;

  private constructor(key: CryptoKey) {
    this.#key = key;
  }

  /** The mask that follows from `secret`. @internal */
  static async from(secret: Bytes, salt: Bytes, info: Bytes): Promise<Mask> {
    const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
    const derivation = { name: "HKDF", hash: "SHA-256", salt, info };
    const cipher = { name: "AES-CTR", length: 256 };
    return new Mask(await crypto.subtle.deriveKey(derivation, material, cipher, false, ["encrypt"]));
  }

  /** values += mask. */
  async addTo(values: Ring): Promise<void> {
    await this.#apply(values, addTo);
  }

  /** values −= mask. */
  async takeFrom(values: Ring): Promise<void> {
    await this.#apply(values, takeFrom);
  }

  async #apply(values: Ring, apply: (part: Ring, mask: Ring) => void): Promise<void> {
    const zeros = new Uint32Array(Math.min(PIECE, values.length));
    for (let start = 0; start < values.length; start += PIECE) {
      const part = values.subarray(start, start + PIECE);
      const counter = new Uint8Array(AES_BLOCK);
      new DataView(counter.buffer).setBigUint64(8, BigInt(start * Uint32Array.BYTES_PER_ELEMENT / AES_BLOCK));
      const clear = bytesOfRing(zeros.subarray(0, part.length));
      const stream = await crypto.subtle.encrypt({ name: "AES-CTR", counter, length: 64 }, this.#key, clear);
      apply(part, new Uint32Array(stream));
    }
  }
}
