/** Identities that are the same in every run. */
import { generateKeyPairFromSeed } from "@libp2p/crypto/keys";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { hpkePublicKeyOf, newHpkePrivateKey } from "../../../src/mesh/envelope/hpke.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";

/** That of a number: its peer id is the same always, its sealing key is not, and nothing depends on that. */
export async function seededIdentity(number: number): Promise<Identity> {
  const privateKey = await generateKeyPairFromSeed("Ed25519", new Uint8Array(32).fill(number + 1));
  const hpkePrivateKey = await newHpkePrivateKey();
  const peerId = peerIdFromPrivateKey(privateKey).toString();
  return { peerId, privateKey, hpkePrivateKey, hpkePublicKey: await hpkePublicKeyOf(hpkePrivateKey) };
}
