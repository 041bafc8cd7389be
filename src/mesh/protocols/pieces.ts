/**
 * Bulk data over a {@linkcode FrameChannel}: the receiver pulls numbered pieces, so that it sets the pace (real
 * back-pressure), verifies each on arrival, and asks for the missing ones only where an earlier transfer of the same
 * bytes was cut (`kept_pieces.ts`). Pieces are put into their place as they come, before they are verified.
 *
 * A manifest lists the digest of every piece; its root, SHA-256 over the sizes and the digests, names the whole.
 *
 * @module
 */
import * as v from "valibot";
import { type Bytes, sha256, sha256OfPiece, utf8 } from "../../core/bytes.ts";
import { Deadline } from "../../core/deadline.ts";
import { inSlices } from "../../core/slices.ts";
import { type FrameChannel, parseMessage } from "./channel.ts";
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
  await inSlices(data.length, (from, to) => digests.push(sha256OfPiece(data.subarray(from, to))), pieceBytes);
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

/** A blob as it is given to one remote. */
class Serving {
  readonly #channel: FrameChannel;
  readonly #blob: Blob;
  /** Each piece may be asked for twice; beyond that the remote only wastes our line. */
  #left: number;
  #isDone = false;

  constructor(channel: FrameChannel, blob: Blob) {
    this.#channel = channel;
    this.#blob = blob;
    this.#left = 2 * blob.digests.length + 1;
  }

  /** Whether the remote has said that it has what it wants. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Answers one request. @throws {RangeError} if there is no such piece, or it has been asked for too often. */
  async answer(value: unknown, signal?: AbortSignal): Promise<void> {
    const request = v.parse(requestSchema, value);
    if (request.type === "pulled") {
      this.#isDone = true;
      return;
    }
    const { data, digests, manifest: { pieceBytes } } = this.#blob;
    if (this.#isDone || --this.#left < 1) throw new RangeError("the remote asked for every piece more than twice");
    if (request.index >= digests.length) {
      throw new RangeError(`a piece must be one of ${digests.length}, the remote asked for number ${request.index}`);
    }
    const start = request.index * pieceBytes;
    const payload = data.subarray(start, start + pieceBytes);
    await this.#channel.send({ kind: "bytes", payload, digest: digests[request.index] }, signal);
  }
}

/** Answers the remote's requests for pieces of `blob` until it has what it wants. */
export async function serveBlob(channel: FrameChannel, blob: Blob, options: TransferOptions = {}): Promise<void> {
  const { signal, stepTimeout = 30_000 } = options;
  const serving = new Serving(channel, blob);
  while (!serving.isDone) {
    using limit = new Deadline(stepTimeout, "serving pieces", signal);
    await serving.answer(await channel.receiveMessage((value) => value, limit.signal), limit.signal);
  }
}

/** Options of {@linkcode pullBlob}. */
export interface PullOptions extends TransferOptions {
  /**
   * Where the pieces wait if this transfer breaks, and where those of an earlier one are found. @default none are kept
   */
  kept?: KeptPieces;
  /**
   * Where they are put, as long as the whole; others may not look at it until this has ended, `arrived` may.
   *
   * @default fresh memory
   */
  into?: Bytes;
}

/** Options of {@linkcode swapBlobs}. */
export interface SwapOptions extends PullOptions {
  /** Told, and awaited, as more of `data` comes: its first `ready` bytes are here, as the manifest says. */
  arrived?: (data: Bytes, ready: number) => Promise<void>;
}

/** A blob as it is taken from one remote: the pieces that are not here already, two under way at a time. */
class Pulling implements Disposable {
  readonly #channel: FrameChannel;
  readonly #manifest: Manifest;
  readonly #partial: PartialBlob;
  /** How many times what is asked for here goes over the line: twice where the remote asks for as much meanwhile. */
  readonly #directions: 1 | 2;
  /** Of the missing pieces, those at the beginning that are on their way. */
  #asked = 0;

  constructor(
    channel: FrameChannel,
    { manifest, partial, directions }: { manifest: Manifest; partial: PartialBlob; directions: 1 | 2 },
  ) {
    this.#channel = channel;
    this.#manifest = manifest;
    this.#partial = partial;
    this.#directions = directions;
  }

  /** Whether every piece is here. */
  get isDone(): boolean {
    return this.#partial.missing.length === 0;
  }

  /** Bytes from the beginning that are here without a gap. */
  get ready(): number {
    const { bytes, pieceBytes } = this.#manifest;
    const [gap] = this.#partial.missing;
    return gap === undefined ? bytes : gap * pieceBytes;
  }

  /**
   * Asks for the next ones, and says so once there are none.
   *
   * @throws {LineUsedUpError} before a piece for which the line has no room.
   */
  async ask(signal?: AbortSignal): Promise<void> {
    const { missing } = this.#partial;
    if (missing.length === 0) return await this.#channel.sendMessage({ type: "pulled" }, signal);
    while (this.#asked < Math.min(2, missing.length)) {
      const coming = missing.slice(0, this.#asked + 1).reduce((sum, index) => sum + this.#lengthOf(index), 0);
      if (!hasRoom(this.#channel.line, this.#directions * coming)) break;
      const index = missing[this.#asked++];
      this.#channel.expect({
        digest: Uint8Array.fromHex(this.#manifest.pieces[index]),
        place: this.#placeOf(index),
      });
      await this.#channel.sendMessage({ type: "piece", index }, signal);
    }
    if (this.#asked === 0) throw new LineUsedUpError("the line has no room for the next piece");
  }

  /** Takes the piece that was asked for first. @throws {RangeError} if it is another. */
  take({ payload, digest }: { payload: Bytes; digest: Bytes }): void {
    const { missing } = this.#partial;
    const { pieces } = this.#manifest;
    const [index] = missing;
    const isDue = this.#asked > 0 && payload.length === this.#lengthOf(index) && digest.toHex() === pieces[index];
    if (!isDue) throw new RangeError(`piece ${index} of ${pieces.length} is not the one that the manifest names`);
    const place = this.#placeOf(index);
    if (payload.buffer !== place.buffer) this.#channel.reuse(payload);
    if (payload.buffer !== place.buffer || payload.byteOffset !== place.byteOffset) place.set(payload);
    missing.shift();
    this.#asked--;
  }

  /** What still comes is put nowhere. */
  [Symbol.dispose](): void {
    this.#channel.expectNone();
  }

  #placeOf(index: number): Bytes {
    const start = index * this.#manifest.pieceBytes;
    return this.#partial.data.subarray(start, start + this.#lengthOf(index));
  }

  #lengthOf(index: number): number {
    const { bytes, pieceBytes } = this.#manifest;
    return Math.min(pieceBytes, bytes - index * pieceBytes);
  }
}

/** What was there of `manifest`, goes on by `work`, and is kept if that fails. */
async function pulled(
  manifest: Manifest,
  { kept, into }: PullOptions,
  work: (partial: PartialBlob) => Promise<void>,
): Promise<Bytes> {
  const root = kept && await manifestRoot(manifest);
  const partial = (root !== undefined && kept?.take(root)) || {
    data: into ?? new Uint8Array(manifest.bytes),
    missing: manifest.pieces.map((_, index) => index),
  };
  try {
    await work(partial);
    return partial.data;
  } catch (error) {
    if (root !== undefined) kept?.keep(root, partial);
    throw error;
  }
}

/**
 * Pulls the pieces that `manifest` names and that are not here already, two under way at a time; each is checked
 * against its digest as it arrives.
 *
 * @throws {LineUsedUpError} before a piece for which the line has no room.
 */
export function pullBlob(channel: FrameChannel, manifest: Manifest, options: PullOptions = {}): Promise<Bytes> {
  const { signal, stepTimeout = 30_000 } = options;
  return pulled(manifest, options, async (partial) => {
    using pulling = new Pulling(channel, { manifest, partial, directions: 1 });
    await pulling.ask(signal);
    while (!pulling.isDone) {
      using limit = new Deadline(stepTimeout, "pulling pieces", signal);
      pulling.take(await channel.receiveBytes(limit.signal));
      await pulling.ask(signal);
    }
  });
}

/**
 * Both at once over one channel, whose other end does the same: gives `blob`, and pulls what `manifest` names. Either
 * direction is as with {@linkcode serveBlob} and {@linkcode pullBlob}.
 */
export function swapBlobs(
  channel: FrameChannel,
  { blob, manifest }: { blob: Blob; manifest: Manifest },
  options: SwapOptions = {},
): Promise<Bytes> {
  const { signal, stepTimeout = 30_000, arrived = async () => {} } = options;
  return pulled(manifest, options, async (partial) => {
    using pulling = new Pulling(channel, { manifest, partial, directions: 2 });
    const serving = new Serving(channel, blob);
    await pulling.ask(signal);
    await arrived(partial.data, pulling.ready);
    while (!pulling.isDone || !serving.isDone) {
      using limit = new Deadline(stepTimeout, "swapping pieces", signal);
      const frame = await channel.receive(limit.signal);
      if (frame.kind === "message") await serving.answer(parseMessage(frame), limit.signal);
      else {
        if (pulling.isDone) throw new RangeError("a message was due, the remote sent bytes");
        pulling.take(frame);
        await pulling.ask(limit.signal);
        await arrived(partial.data, pulling.ready);
      }
    }
  });
}
