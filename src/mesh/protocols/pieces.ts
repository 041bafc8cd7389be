/**
 * Bulk data over a {@linkcode FrameChannel}: the receiver pulls numbered pieces, so that it sets the pace (real
 * back-pressure), verifies each on arrival, and asks for the missing ones only where an earlier transfer of the same
 * bytes was cut (`kept_pieces.ts`).
 *
 * A manifest lists the digest of every piece; its root, SHA-256 over the sizes and the digests, names the whole.
 *
 * @module
 */
import * as v from "valibot";
import { type Bytes, sha256, utf8 } from "../../core/bytes.ts";
import { Deadline } from "../../core/deadline.ts";
import type { FrameChannel } from "./channel.ts";
import { count, hexDigest } from "./fields.ts";
import type { KeptPieces, PartialBlob } from "./kept_pieces.ts";
import { hasRoom, LineUsedUpError, MOST_PIECE_BYTES, MOST_PIECES } from "./line.ts";

/** Bytes of a piece, and the most that a remote's may have. */
export const PIECE_BYTES = MOST_PIECE_BYTES;

const manifestSchema = v.strictObject({
  bytes: count,
  pieceBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(1024), v.maxValue(PIECE_BYTES)),
  pieces: v.pipe(v.array(hexDigest), v.maxLength(MOST_PIECES)),
});
const requestSchema = v.variant("type", [
  v.strictObject({ type: v.literal("piece"), index: count }),
  v.strictObject({ type: v.literal("pulled") }),
]);

/** What names a bulk of bytes and its pieces. */
export type Manifest = v.InferOutput<typeof manifestSchema>;

/** A bulk ready to be served. */
export interface Blob {
  readonly data: Bytes;
  readonly manifest: Manifest;
  /** Digest of each piece, in order. */
  readonly digests: readonly Bytes[];
  /** Names the whole: {@linkcode manifestRoot}. */
  readonly root: string;
}

/** Options of {@linkcode pullBlob} and {@linkcode serveBlob}. */
export interface TransferOptions {
  signal?: AbortSignal;
  /** Longest wait for one piece or one request, in milliseconds. @default 30000 */
  stepTimeout?: number;
}

/** Cuts `data` into pieces and digests them. `data` must not change while it may be served. */
export async function makeBlob(data: Bytes, pieceBytes: number = PIECE_BYTES): Promise<Blob> {
  const digests: Bytes[] = [];
  for (let start = 0; start < data.length; start += pieceBytes) {
    digests.push(await sha256(data.subarray(start, start + pieceBytes)));
  }
  const manifest = { bytes: data.length, pieceBytes, pieces: digests.map((digest) => digest.toHex()) };
  return { data, manifest, digests, root: await manifestRoot(manifest) };
}

/** SHA-256 over the sizes and the digests of the pieces, in hexadecimal. */
export async function manifestRoot({ bytes, pieceBytes, pieces }: Manifest): Promise<string> {
  return (await sha256(utf8(`syncytium/blob/1 ${bytes} ${pieceBytes} ${pieces.join(" ")}`))).toHex();
}

/**
 * A manifest from a remote, checked: digests are digests, the number of pieces fits the sizes, the size is allowed.
 *
 * @throws {RangeError} if it is not.
 */
export function parseManifest(value: unknown, limits: { maxBytes: number }): Manifest {
  const result = v.safeParse(manifestSchema, value);
  if (!result.success) throw new RangeError(`a manifest must name sizes and digests: ${result.issues[0].message}`);
  const { bytes, pieceBytes, pieces } = result.output;
  if (bytes > limits.maxBytes) {
    throw new RangeError(`a transfer must be at most ${limits.maxBytes} bytes, got ${bytes}`);
  }
  if (pieces.length !== Math.ceil(bytes / pieceBytes)) {
    throw new RangeError(`${bytes} bytes in pieces of ${pieceBytes} do not make ${pieces.length} pieces`);
  }
  return result.output;
}

/** Answers the remote's requests for pieces of `blob` until it has what it wants. */
export async function serveBlob(channel: FrameChannel, blob: Blob, options: TransferOptions = {}): Promise<void> {
  const { signal, stepTimeout = 30_000 } = options;
  const { data, digests, manifest: { pieceBytes } } = blob;
  // each piece may be asked for twice; beyond that the remote only wastes our line
  for (let left = 2 * digests.length + 1; left > 0; left--) {
    using limit = new Deadline(stepTimeout, "serving pieces", signal);
    const request = await channel.receiveMessage((value) => v.parse(requestSchema, value), limit.signal);
    if (request.type === "pulled") return;
    if (request.index >= digests.length) {
      throw new RangeError(`a piece must be one of ${digests.length}, the remote asked for number ${request.index}`);
    }
    const start = request.index * pieceBytes;
    const payload = data.subarray(start, start + pieceBytes);
    await channel.send({ kind: "bytes", payload, digest: digests[request.index] }, limit.signal);
  }
  throw new RangeError("the remote asked for every piece more than twice");
}

/** Options of {@linkcode pullBlob}. */
export interface PullOptions extends TransferOptions {
  /**
   * Where the pieces wait if this transfer breaks, and where those of an earlier one are found. @default none are kept
   */
  kept?: KeptPieces;
}

/**
 * Pulls the pieces that `manifest` names and that are not here already, two under way at a time; each is checked
 * against its digest as it arrives.
 *
 * @throws {LineUsedUpError} before a piece for which the line has no room.
 */
export async function pullBlob(channel: FrameChannel, manifest: Manifest, options: PullOptions = {}): Promise<Bytes> {
  const { kept, signal } = options;
  const root = kept && await manifestRoot(manifest);
  const partial = (root !== undefined && kept?.take(root)) || {
    data: new Uint8Array(manifest.bytes),
    missing: manifest.pieces.map((_, index) => index),
  };
  try {
    await pullMissing(channel, manifest, partial, options);
    await channel.sendMessage({ type: "pulled" }, signal);
    return partial.data;
  } catch (error) {
    if (root !== undefined) kept?.keep(root, partial);
    throw error;
  }
}

/** Takes each piece off the list of `missing` once it is in `data`. */
async function pullMissing(
  channel: FrameChannel,
  { bytes, pieceBytes, pieces }: Manifest,
  { data, missing }: PartialBlob,
  { signal, stepTimeout = 30_000 }: TransferOptions,
): Promise<void> {
  const lengthOf = (index: number) => Math.min(pieceBytes, bytes - index * pieceBytes);
  /** Of the missing pieces, those at the beginning that are on their way. */
  let asked = 0;
  const ask = async () => {
    while (asked < Math.min(2, missing.length)) {
      const coming = missing.slice(0, asked + 1).reduce((sum, index) => sum + lengthOf(index), 0);
      if (!hasRoom(channel.line, coming)) return;
      await channel.sendMessage({ type: "piece", index: missing[asked++] }, signal);
    }
  };
  await ask();
  while (missing.length > 0) {
    if (asked === 0) throw new LineUsedUpError("the line has no room for the next piece");
    using limit = new Deadline(stepTimeout, "pulling pieces", signal);
    const [index] = missing;
    const { payload, digest } = await channel.receiveBytes(limit.signal);
    if (payload.length !== lengthOf(index) || digest.toHex() !== pieces[index]) {
      throw new RangeError(`piece ${index} of ${pieces.length} is not the one that the manifest names`);
    }
    data.set(payload, index * pieceBytes);
    missing.shift();
    asked--;
    await ask();
  }
}
