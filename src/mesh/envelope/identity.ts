/**
 * Who a peer is: an Ed25519 key, which is its libp2p peer id and signs, and an X25519 key, to which others seal (RFC
 * 9180). Both stay in the peer's state directory and never leave the site.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadIdentity } from "./identity.ts";
 *
 * const stateDirectory = await Deno.makeTempDir();
 * const { peerId } = await loadIdentity(stateDirectory); // for the other sites' lists of members
 * assertEquals((await loadIdentity(stateDirectory)).peerId, peerId);
 * await Deno.remove(stateDirectory, { recursive: true });
 * ```
 *
 * @module
 */
import { writeAtomically } from "../../core/files.ts";
import { lockFile } from "../../core/lock.ts";
import {
  generateKeyPair,
  generateKeyPairFromSeed,
  privateKeyFromProtobuf,
  privateKeyToProtobuf,
} from "@libp2p/crypto/keys";
import type { Ed25519PrivateKey } from "@libp2p/interface";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { messageOf, UserError } from "../../core/errors.ts";
import { type Bytes, own } from "../../core/bytes.ts";
import { hpkePublicKeyOf, newHpkePrivateKey } from "./hpke.ts";

/** An Ed25519 key of libp2p. */
export type IdentityKey = Ed25519PrivateKey;

/** A peer's keys. */
export interface Identity {
  /** The peer id, as others write it in their lists of members. */
  readonly peerId: string;
  /** Signs; proves the peer id in the noise handshake. */
  readonly privateKey: IdentityKey;
  /** X25519, raw, 32 bytes: opens what others seal to this peer. */
  readonly hpkePrivateKey: Bytes;
  /** X25519, raw, 32 bytes. */
  readonly hpkePublicKey: Bytes;
}

/**
 * The identity kept in `stateDirectory`; made and written (mode 0600) at the first call.
 *
 * @throws {UserError} if a key file is there but holds no key, or the folder cannot be written.
 */
export async function loadIdentity(stateDirectory: string): Promise<Identity> {
  try {
    await Deno.mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const rule = `making the state directory: the path must be writable: ${messageOf(cause)}`;
    throw new UserError(rule, { where: stateDirectory, cause });
  }
  const path = ({ file }: { file: string }) => `${stateDirectory}/${file}`;
  const [signing, sealing] = [await readKey(path(SIGNING), SIGNING), await readKey(path(SEALING), SEALING)];
  if (signing && sealing) return identityOf(signing, sealing);
  return await whileLocked(stateDirectory, async () => {
    const made = await loadOrMake(path(SIGNING), SIGNING);
    return identityOf(made, await loadOrMake(path(SEALING), SEALING));
  });
}

/** Milliseconds that a command waits for another that writes keys, which takes it an instant. */
const PATIENCE = 10_000;

/**
 * Does `work` while no other process makes or renews keys in `stateDirectory`, or writes down what it has signed: two
 * first starts at once make one key. A peer that runs does not hold this lock, so that a charter can be signed
 * meanwhile.
 *
 * @throws {UserError} if another process goes on holding it, or the folder cannot be written.
 */
export async function whileLocked<T>(stateDirectory: string, work: () => Promise<T>): Promise<T> {
  const what = `the keys of ${stateDirectory}`;
  using _lock = await lockFile(`${stateDirectory}/.lock-keys`, {
    ...{ doing: "writing this site's keys", what, by: "keys or charter" },
    patience: PATIENCE,
  });
  return await work();
}

/**
 * Makes keys that are to take the place of the present ones, and keeps them beside these until
 * {@linkcode adoptIdentity} finds them named: the key for sealing, and unless `sealingOnly`, the identity too. A second
 * call returns the same.
 *
 * @throws {UserError} as {@linkcode loadIdentity} does.
 */
export async function prepareIdentity(stateDirectory: string, sealingOnly: boolean): Promise<Identity> {
  const present = await loadIdentity(stateDirectory);
  const path = (file: string) => `${stateDirectory}/${file}${NEXT}`;
  return await whileLocked(stateDirectory, async () => {
    const signing = sealingOnly ? present.privateKey : await loadOrMake(path(SIGNING.file), SIGNING);
    return identityOf(signing, await loadOrMake(path(SEALING.file), SEALING));
  });
}

/**
 * The identity of `stateDirectory` that `isNamed` accepts: the present one, or else one with renewed keys, which are
 * then put in place of the old. A crash in between loses nothing: any mixture of old and new files is tried. The
 * present one if none is accepted.
 *
 * @throws {UserError} as {@linkcode loadIdentity} does.
 */
export async function adoptIdentity(
  stateDirectory: string,
  isNamed: (identity: Identity) => boolean,
): Promise<Identity> {
  const before = await loadIdentity(stateDirectory);
  if (isNamed(before)) return before;
  return await whileLocked(stateDirectory, async () => {
    // another process may have put them in place meanwhile
    const present = await loadIdentity(stateDirectory);
    if (isNamed(present)) return present;
    const path = (file: string) => `${stateDirectory}/${file}`;
    const signing = await readKey(path(`${SIGNING.file}${NEXT}`), SIGNING);
    const sealing = await readKey(path(`${SEALING.file}${NEXT}`), SEALING);
    for (const newSigning of [signing, undefined]) {
      for (const newSealing of [sealing, undefined]) {
        const identity = identityOf(newSigning ?? present.privateKey, newSealing ?? present);
        if (!isNamed(identity)) continue;
        if (newSealing) await Deno.rename(path(`${SEALING.file}${NEXT}`), path(SEALING.file));
        if (newSigning) await Deno.rename(path(`${SIGNING.file}${NEXT}`), path(SIGNING.file));
        return identity;
      }
    }
    return present;
  });
}

/** Makes the identity if it is not there yet; what a launcher needs to write the lists of members beforehand. */
export async function createIdentity(stateDirectory: string): Promise<{ peerId: string }> {
  const { peerId } = await loadIdentity(stateDirectory);
  return { peerId };
}

/** The peer id of the key in `stateDirectory`; undefined where there is none. @throws {UserError} if it is damaged. */
export async function readPeerId(stateDirectory: string): Promise<string | undefined> {
  const key = await readKey(`${stateDirectory}/${SIGNING.file}`, SIGNING);
  return key && peerIdFromPrivateKey(key).toString();
}

/** One of the two keys of an identity: its file, how it is made and read. */
interface KeyKind<T> {
  file: string;
  make: () => Promise<Bytes>;
  parse: (bytes: Bytes) => Promise<T>;
}

const SIGNING: KeyKind<Ed25519PrivateKey> = {
  file: "identity.key",
  make: async () => own(privateKeyToProtobuf(await generateKeyPair("Ed25519"))),
  parse: async (bytes) => {
    const key = privateKeyFromProtobuf(bytes);
    if (key.type !== "Ed25519") throw new RangeError(`the key must be Ed25519, got ${key.type}`);
    // the file holds the seed and the public key: they must belong together, or nobody takes what it signs
    const { publicKey } = await generateKeyPairFromSeed("Ed25519", key.raw.subarray(0, 32));
    if (!publicKey.equals(key.publicKey)) throw new RangeError("the seed and the public key do not belong together");
    return key;
  },
};

type SealingKey = Pick<Identity, "hpkePrivateKey" | "hpkePublicKey">;

const SEALING: KeyKind<SealingKey> = {
  file: "hpke.key",
  make: newHpkePrivateKey,
  parse: async (bytes) => ({ hpkePrivateKey: bytes, hpkePublicKey: await hpkePublicKeyOf(bytes) }),
};

/** What the name of a renewed key's file ends with until it is put in place. */
const NEXT = ".next";

function identityOf(privateKey: Ed25519PrivateKey, { hpkePrivateKey, hpkePublicKey }: SealingKey): Identity {
  const peerId = peerIdFromPrivateKey(privateKey).toString();
  return Object.freeze({ peerId, privateKey, hpkePrivateKey, hpkePublicKey });
}

async function loadOrMake<T>(path: string, kind: KeyKind<T>): Promise<T> {
  const key = await readKey(path, kind);
  if (key !== undefined) return key;
  const bytes = await kind.make();
  try {
    await writeAtomically(path, bytes, { mode: 0o600 });
  } catch (cause) {
    throw new UserError("writing a private key: the folder must be writable", { where: path, cause });
  }
  return await kind.parse(bytes);
}

async function readKey<T>(path: string, { parse }: KeyKind<T>): Promise<T | undefined> {
  let bytes: Bytes;
  try {
    bytes = await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw new UserError("reading a private key: the file must be readable", { where: path, cause });
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
