/**
 * The process that speaks for a peer: one key belongs to one site, and one process at a time speaks for it.
 *
 * A process signs what it is, and, when it is asked about another of its own key, that it is here and the other
 * elsewhere. Nobody else can sign either, and both hold digits that are drawn at random when a process starts: so no
 * member can make up a second process of a peer, or make one believe that its key is in use where it is not.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import type { Ed25519PrivateKey } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import * as v from "valibot";
import { type Bytes, fromBase64, utf8 } from "../../core/bytes.ts";
import { world } from "../../core/world.ts";
import { count } from "./fields.ts";

const signatureSchema = v.pipe(v.string(), v.length(88));

/** As it stands on the wire. */
export const placeSchema = v.strictObject({
  epoch: count,
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  signature: signatureSchema,
});

/** One process of a peer. */
export interface Place {
  /** Larger than in every earlier life of the peer; as a rule when it started, in milliseconds since the epoch. */
  epoch: number;
  /** Drawn at random when it started: 16 bytes, hexadecimal. */
  id: string;
  /** Of the peer's identity, base64. */
  signature: string;
}

/** As it stands on the wire. */
export const proofSchema = v.strictObject({ here: placeSchema, elsewhere: placeSchema, signature: signatureSchema });

/** What a process has signed about another of its own key. */
export interface PlaceProof {
  /** The one that signed: it answers. */
  here: Place;
  /** The other. */
  elsewhere: Place;
  /** Of the peer's identity, base64. */
  signature: string;
}

/** Whether both are one process. */
export function isSamePlace(one: Place, other: Place): boolean {
  return one.id === other.id && one.epoch === other.epoch;
}

/** Whose process, in which consortium. */
export interface PlaceOwner {
  consortium: string;
  peer: string;
}

/** A signer of its own places. */
export interface PlaceSigner {
  readonly peerId: string;
  readonly privateKey: Ed25519PrivateKey;
}

const placeStatement = ({ consortium, peer }: PlaceOwner, { epoch, id }: Omit<Place, "signature">) =>
  utf8(`syncytium/place/1 ${JSON.stringify([consortium, peer, epoch, id])}`);

const proofStatement = ({ consortium, peer }: PlaceOwner, here: Place, elsewhere: Place) =>
  utf8(
    `syncytium/two-places/1 ${JSON.stringify([consortium, peer, here.epoch, here.id, elsewhere.epoch, elsewhere.id])}`,
  );

/** The place of a process that starts now. */
export async function newPlace({ peerId, privateKey }: PlaceSigner, consortium: string, epoch: number): Promise<Place> {
  const place = { epoch, id: world.randomBytes(16).toHex() };
  const signature = await privateKey.sign(placeStatement({ consortium, peer: peerId }, place));
  return { ...place, signature: encodeBase64(signature) };
}

/** Signs that this process is `here` and another of its key `elsewhere`. */
export async function provePlaces(
  { peerId, privateKey }: PlaceSigner,
  { consortium, here, elsewhere }: { consortium: string; here: Place; elsewhere: Place },
): Promise<PlaceProof> {
  const signature = await privateKey.sign(proofStatement({ consortium, peer: peerId }, here, elsewhere));
  return { here, elsewhere, signature: encodeBase64(signature) };
}

/** Whether `place` is one of `owner`'s. */
export function isPlaceOf(place: Place, owner: PlaceOwner): Promise<boolean> {
  return isSignedBy(owner.peer, placeStatement(owner, place), place.signature);
}

/** Whether `proof` speaks of two processes of `owner`'s, and one of them signed it. */
export async function isProofOf({ here, elsewhere, signature }: PlaceProof, owner: PlaceOwner): Promise<boolean> {
  if (isSamePlace(here, elsewhere) || !await isPlaceOf(elsewhere, owner)) return false;
  return await isSignedBy(owner.peer, proofStatement(owner, here, elsewhere), signature);
}

/** Whether `signature`, base64, over `statement` is by the identity of `peer`. */
export async function isSignedBy(peer: string, statement: Bytes, signature: string): Promise<boolean> {
  try {
    return await peerIdFromString(peer).publicKey?.verify(statement, fromBase64(signature)) ?? false;
  } catch {
    // not base64, or no signature at all
    return false;
  }
}
