/**
 * One encoded vector over the wire, in either direction.
 *
 * @module
 */
import type { Bytes } from "../../core/bytes.ts";
import { world } from "../../core/world.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import type { KeptPieces } from "../protocols/kept_pieces.ts";
import { pieceBytesFor, requireFits } from "../protocols/line.ts";
import { makeBlob, manifestRoot, parseManifest, pullBlob, serveBlob } from "../protocols/pieces.ts";
import type { Audit } from "../protocols/traffic.ts";
import { UnsoundError, type WaitOptions } from "./_messages.ts";
import { type Codec, CompressionError } from "./compression/compressor.ts";
import type { CompressedLink, Encoded } from "./compression/link.ts";
import type { Snapshot } from "./state.ts";

/** Bytes that an encoding may have beyond 4 a value, which is what the vector itself has. */
export const ENCODING_MARGIN = 1024;

/**
 * Tells the audit, then sends `message` with the encoding's manifest and serves its pieces.
 *
 * @throws {LineTooSmallError} if a relay between the two allows too little; nothing has left then.
 */
export async function giveEncoded(
  channel: FrameChannel,
  { peer, encoded, own, message }: { peer: string; encoded: Encoded; own: Snapshot; message: object },
  { audit, ...options }: WaitOptions & { audit: Audit },
): Promise<void> {
  requireFits(encoded.bytes.length, channel.line);
  const blob = await makeBlob(encoded.bytes, pieceBytesFor(channel.line));
  const { mass, round } = own;
  await audit({ time: world.now(), kind: "weights", peer, round, bytes: blob.data.length, digest: blob.root });
  await channel.sendMessage({ ...message, mass, round, manifest: blob.manifest }, options.signal);
  await serveBlob(channel, blob, options);
}

/** What was taken, and how it is kept for the same exchange over another line, should this one break. */
export interface Taken extends Encoded {
  /** To be called if the exchange does not come to its end. */
  keep(): Promise<void>;
}

/** Pulls an encoding of `values` values. @throws {UnsoundError} if it is none. */
export async function takeEncoded(
  channel: FrameChannel,
  manifest: unknown,
  { link, values }: { link: CompressedLink; values: number },
  options: WaitOptions & { kept?: KeptPieces },
): Promise<Taken> {
  const checked = parseManifest(manifest, { maxBytes: 4 * values + ENCODING_MARGIN });
  const bytes = await pullBlob(channel, checked, options);
  const keep = async () => options.kept?.keep(await manifestRoot(checked), { data: bytes, missing: [] });
  return { bytes, decoded: decodeRemote(link, bytes), keep };
}

/** Decodes what the other side sent. @throws {UnsoundError} if it is no encoding. */
export function decodeRemote(decoder: Pick<Codec, "decode">, bytes: Bytes): Float32Array<ArrayBuffer> {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    if (!(cause instanceof CompressionError)) throw cause;
    throw new UnsoundError(`its weights are refused: ${cause.message}`, { cause });
  }
}

/** Why the other side's encodings cannot be decoded here, as a sentence, if so; compressors by name. */
export function whyUndecodable(here: string, there: string): string | undefined {
  return here === there ? undefined : `the compression differs: ${here} here, ${there} there`;
}
