/**
 * Encoded vectors over the wire, in both directions at once.
 *
 * @module
 */
import type { Bytes } from "../../core/bytes.ts";
import { inTurns, type Sliced } from "../../core/slices.ts";
import { world } from "../../core/world.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import type { KeptPieces } from "../protocols/kept_pieces.ts";
import { pieceBytesFor, requireFits } from "../protocols/line.ts";
import { type Blob, makeBlob, manifestRoot, parseManifest, swapBlobs } from "../protocols/pieces.ts";
import type { Audit } from "../protocols/traffic.ts";
import { UnsoundError, type WaitOptions } from "./_messages.ts";
import { bytesToDecode, CompressionError, HEADER_BYTES } from "./compression/compressor.ts";
import type { CompressedLink, Encoded } from "./compression/link.ts";
import type { Snapshot } from "./state.ts";

/** Bytes that an encoding may have beyond 4 a value, which is what the vector itself has. */
export const ENCODING_MARGIN = 1024;

/**
 * Digests the encoding, tells the audit, then says what there is to be had, as a message `state`.
 *
 * @throws {LineTooSmallError} if a relay between the two allows too little; nothing has left then.
 */
export async function offerEncoded(
  channel: FrameChannel,
  { peer, encoded, own }: { peer: string; encoded: Encoded; own: Snapshot },
  { audit, signal }: WaitOptions & { audit: Audit },
): Promise<Blob> {
  requireFits(encoded.bytes.length, channel.line);
  const blob = await makeBlob(encoded.bytes, pieceBytesFor(channel.line));
  const { mass, round } = own;
  await audit({ time: world.now(), kind: "weights", peer, round, bytes: blob.data.length, digest: blob.root });
  await channel.sendMessage({ type: "state", mass, round, manifest: blob.manifest }, signal);
  return blob;
}

/** What was taken, and how it is kept for the same exchange over another line, should this one break. */
export interface Taken extends Encoded {
  readonly decoded: Float32Array<ArrayBuffer>;
  /** To be called if the exchange does not come to its end. */
  keep(): Promise<void>;
}

/** What is given and taken at once. */
export interface Swap {
  /** Given. */
  blob: Blob;
  /** Of the remote's encoding of `values` values. */
  manifest: unknown;
  link: CompressedLink;
  values: number;
  /** Memory for an encoding that loses nothing, as long as it. @default fresh memory */
  memory?: () => Bytes | undefined;
  /** Told, and awaited, as values come, where the encoding has them as they are: the first `count` are here. */
  arrived?: (vector: Float32Array, count: number) => Promise<void>;
}

/**
 * Gives an encoding and pulls one of `values` values. Where the encoding loses nothing, its values are not looked at
 * here.
 *
 * @throws {UnsoundError} if it is none.
 */
export async function swapEncoded(
  channel: FrameChannel,
  { blob, manifest, link, values, memory = () => undefined, arrived = async () => {} }: Swap,
  { kept, ...options }: WaitOptions & { kept?: KeptPieces },
): Promise<Taken> {
  const checked = parseManifest(manifest, { maxBytes: 4 * values + ENCODING_MARGIN });
  const spare = memory();
  const into = spare?.length === checked.bytes ? spare : bytesToDecode(checked.bytes);
  let coming: Float32Array | undefined;
  const valuesArrived = async (data: Bytes, ready: number) => {
    if (ready < HEADER_BYTES) return;
    coming ??= sound(() => link.viewIn(data));
    if (coming) await arrived(coming, Math.floor((data.byteOffset + ready - coming.byteOffset) / 4));
  };
  const bytes = await swapBlobs(channel, { blob, manifest: checked }, {
    ...options,
    ...{ kept, into, arrived: valuesArrived },
  });
  const keep = async () => kept?.keep(await manifestRoot(checked), { data: bytes, missing: [] });
  return { bytes, decoded: await soundInTurns(link.viewing(bytes)), keep };
}

/** What the other side sent, decoded by `decode`. @throws {UnsoundError} if it is no encoding. */
export function sound<T>(decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    if (!(cause instanceof CompressionError)) throw cause;
    throw new UnsoundError(`its weights are refused: ${cause.message}`, { cause });
  }
}

/** The same of work in slices. */
async function soundInTurns<T>(decoding: Sliced<T>): Promise<T> {
  try {
    return await inTurns(decoding);
  } catch (cause) {
    return sound(() => {
      throw cause;
    });
  }
}

/** Why the other side's encodings cannot be decoded here, as a sentence, if so; compressors by name. */
export function whyUndecodable(here: string, there: string): string | undefined {
  return here === there ? undefined : `the compression differs: ${here} here, ${there} there`;
}
