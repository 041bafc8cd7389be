/**
 * Who a peer is: an Ed25519 key, which is its libp2p peer id and signs, and an X25519 key, to which others seal (RFC 9180).
 * Both stay in the peer's state directory and never leave the site.
 *
 * @example
 * ```ts
 * const { peerId } = await createIdentity("state/hospital-a"); // for the other sites' lists of members
 * ```
 *
 * @module
 */
import { writeAtomically } from "../core/files.ts";
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from "@libp2p/crypto/keys";
import type { Ed25519PrivateKey } from "@libp2p/interface";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { UserError } from "../core/errors.ts";
import { type Bytes, own } from "./_bytes.ts";
import { hpkePublicKeyOf, newHpkePrivateKey } from "./envelope/hpke.ts";

/** A peer's keys. */
export interface Identity {
  /** The peer id, as others write it in their lists of members. */
  readonly peerId: string;
  /** Signs; proves the peer id in the noise handshake. */
  readonly privateKey: Ed25519PrivateKey;
  /** X25519, raw, 32 bytes: opens what others seal to this peer. */
  readonly hpkePrivateKey: Bytes;
  /** X25519, raw, 32 bytes. */
  readonly hpkePublicKey: Bytes;
}

const IDENTITY_FILE = "identity.key";
const HPKE_FILE = "hpke.key";

/**
 * The identity kept in `stateDirectory`; made and written (mode 0600) at the first call.
 *
 * @throws {UserError} if a key file is there but holds no key, or the folder cannot be written.
 */
export async function loadIdentity(stateDirectory: string): Promise<Identity> {
  try {
    await Deno.mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new UserError("making the state directory: the path must be writable", { where: stateDirectory, cause });
  }
  const signing = await loadOrMake(`${stateDirectory}/${IDENTITY_FILE}`, async () => {
    return own(privateKeyToProtobuf(await generateKeyPair("Ed25519")));
  }, (bytes) => {
    const key = privateKeyFromProtobuf(bytes);
    if (key.type !== "Ed25519") throw new RangeError(`the key must be Ed25519, got ${key.type}`);
    return Promise.resolve(key);
  });
  const hpke = await loadOrMake(`${stateDirectory}/${HPKE_FILE}`, newHpkePrivateKey, async (bytes) => ({
    hpkePrivateKey: bytes,
    hpkePublicKey: await hpkePublicKeyOf(bytes),
  }));
  return Object.freeze({ peerId: peerIdFromPrivateKey(signing).toString(), privateKey: signing, ...hpke });
}

/** Makes the identity if it is not there yet; what a launcher needs to write the lists of members beforehand. */
export async function createIdentity(stateDirectory: string): Promise<{ peerId: string }> {
  const { peerId } = await loadIdentity(stateDirectory);
  return { peerId };
}

async function loadOrMake<T>(
  path: string,
  make: () => Promise<Bytes>,
  parse: (bytes: Bytes) => Promise<T>,
): Promise<T> {
  let bytes: Bytes;
  try {
    bytes = await Deno.readFile(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) {
      throw new UserError("reading a private key: the file must be readable", { where: path, cause });
    }
    bytes = await make();
    try {
      await writeAtomically(path, bytes, { mode: 0o600 });
    } catch (cause) {
      throw new UserError("writing a private key: the folder must be writable", { where: path, cause });
    }
  }
  try {
    return await parse(bytes);
  } catch (cause) {
    throw new UserError("reading a private key: the file must hold a key; it may be damaged, restore it from a copy", {
      where: path,
      value: `${bytes.length} bytes`,
      cause,
    });
  }
}
