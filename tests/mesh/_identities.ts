/** Identities without files. */
import { generateKeyPair } from "@libp2p/crypto/keys";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { hpkePublicKeyOf, newHpkePrivateKey } from "../../src/mesh/envelope/hpke.ts";
import type { Identity } from "../../src/mesh/envelope/identity.ts";

export async function newIdentity(): Promise<Identity> {
  const privateKey = await generateKeyPair("Ed25519");
  const hpkePrivateKey = await newHpkePrivateKey();
  const peerId = peerIdFromPrivateKey(privateKey).toString();
  return { peerId, privateKey, hpkePrivateKey, hpkePublicKey: await hpkePublicKeyOf(hpkePrivateKey) };
}
