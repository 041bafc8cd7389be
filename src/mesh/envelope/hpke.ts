/**
 * HPKE (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
 *
 * @module
 */
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import type { Bytes } from "../../core/bytes.ts";

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/**
 * What {@linkcode hpkeSeal} makes: the encapsulated key (32 bytes) and the ciphertext (16 bytes longer than the text).
 */
export interface Sealed {
  readonly encapsulated: Bytes;
  readonly ciphertext: Bytes;
}

/** What binds a sealed text to its use: `info` the context, `aad` the parties. */
export interface SealBinding {
  readonly info: Bytes;
  readonly aad: Bytes;
}

/** A fresh X25519 private key, raw, 32 bytes. */
export async function newHpkePrivateKey(): Promise<Bytes> {
  const pair = await suite.kem.generateKeyPair();
  return new Uint8Array(await suite.kem.serializePrivateKey(pair.privateKey));
}

/** The X25519 public key, raw, 32 bytes, of a raw private key. @throws if `privateKey` is not one. */
export async function hpkePublicKeyOf(privateKey: Bytes): Promise<Bytes> {
  if (privateKey.length !== 32) throw new RangeError(`an X25519 key must be 32 bytes, got ${privateKey.length}`);
  // PKCS #8 wrapping of a raw X25519 key, RFC 8410 section 7
  const prefix = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20];
  const wrapped = Uint8Array.from([...prefix, ...privateKey]);
  const key = await crypto.subtle.importKey("pkcs8", wrapped, "X25519", true, ["deriveBits"]);
  const { x } = await crypto.subtle.exportKey("jwk", key);
  return Uint8Array.from(atob(x!.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}

/** Seals `text` to the holder of `publicKey`. */
export async function hpkeSeal(publicKey: Bytes, text: Bytes, binding: SealBinding): Promise<Sealed> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(publicKey.slice().buffer);
  const info = binding.info.slice().buffer;
  const { enc, ct } = await suite.seal({ recipientPublicKey, info }, text.slice().buffer, binding.aad.slice().buffer);
  return { encapsulated: new Uint8Array(enc), ciphertext: new Uint8Array(ct) };
}

/** Opens what was sealed to `privateKey`. @throws if anything, binding included, differs. */
export async function hpkeOpen(privateKey: Bytes, sealed: Sealed, binding: SealBinding): Promise<Bytes> {
  const recipientKey = await suite.kem.deserializePrivateKey(privateKey.slice().buffer);
  const enc = sealed.encapsulated.slice().buffer;
  const info = binding.info.slice().buffer;
  const text = await suite.open(
    { recipientKey, enc, info },
    sealed.ciphertext.slice().buffer,
    binding.aad.slice().buffer,
  );
  return new Uint8Array(text);
}
