/**
 * The one frame of every protocol of the mesh.
 *
 * | offset | bytes | field |
 * | --- | --- | --- |
 * | 0 | 1 | wire version, {@linkcode WIRE_VERSION} |
 * | 1 | 1 | kind: 1 JSON message, 2 raw bytes |
 * | 2 | 2 | reserved, zero |
 * | 4 | 4 | length of the payload, big-endian |
 * | 8 | 32 | SHA-256 of the payload |
 * | 40 | length | payload |
 *
 * Encoder and decoder are transforms of it-pipe: `pipe(frames, encodeFrames, bytes => stream)`,
 * `pipe(stream, decodeFrames(limits), frames => …)`.
 *
 * @module
 */
import { concat } from "@std/bytes/concat";
import { equals } from "@std/bytes/equals";
import { type Bytes, sha256OfPiece } from "../../core/bytes.ts";
import { PayloadMemories, type PayloadMemory } from "./payload_memory.ts";

/** The version of frames and messages; peers of another version refuse each other in the hello. */
export const WIRE_VERSION = 3;

/** Bytes before the payload. */
export const HEADER_BYTES = 40;

/** What a frame's payload is. */
export type FrameKind = "message" | "bytes";

const KIND_CODES: Readonly<Record<FrameKind, number>> = Object.freeze({ message: 1, bytes: 2 });
const KINDS = new Map<number, FrameKind>(Object.entries(KIND_CODES).map(([kind, code]) => [code, kind as FrameKind]));

/** One frame; `digest` is SHA-256 of the payload, computed by the encoder where it is missing. */
export interface Frame {
  /** What the payload is. */
  readonly kind: FrameKind;
  /** As it was sent. */
  readonly payload: Bytes;
  /** SHA-256 of the payload, where the header carries one. */
  readonly digest?: Bytes;
}

/** The largest payload that is accepted, by kind, in bytes. */
export type FrameLimits = Readonly<Record<FrameKind, number>>;

/** 64 KiB for a message, 1 MiB for raw bytes (a piece). */
export const DEFAULT_LIMITS: FrameLimits = Object.freeze({ message: 64 * 1024, bytes: 1024 * 1024 });

/** What a remote peer sent breaks the wire format. */
export class FrameError extends Error {
  override name = "FrameError";
}

/** The stream ended within a frame: a line that is cut looks the same, so it is nobody's fault. */
export class CutFrameError extends FrameError {}

/** Frames to bytes. The payload is passed on without a copy: do not change it until it has been sent. */
export async function* encodeFrames(frames: AsyncIterable<Frame> | Iterable<Frame>): AsyncGenerator<Bytes> {
  for await (const { kind, payload, digest } of frames) {
    const header = new Uint8Array(HEADER_BYTES);
    header[0] = WIRE_VERSION;
    header[1] = KIND_CODES[kind];
    new DataView(header.buffer).setUint32(4, payload.length);
    header.set(digest ?? sha256OfPiece(payload), 8);
    if (payload.length < 65_536) yield concat([header, payload]);
    else {
      yield header;
      yield payload;
    }
  }
}

interface Header {
  kind: FrameKind;
  length: number;
  digest: Bytes;
}

function parseHeader(header: Bytes, limits: FrameLimits): Header {
  if (header[0] !== WIRE_VERSION) {
    throw new FrameError(`a frame must have wire version ${WIRE_VERSION}, got ${header[0]}`);
  }
  const kind = KINDS.get(header[1]);
  if (!kind) throw new FrameError(`a frame's kind must be one of ${[...KINDS.keys()].join(", ")}, got ${header[1]}`);
  if (header[2] !== 0 || header[3] !== 0) throw new FrameError("the reserved bytes of a frame must be zero");
  const length = new DataView(header.buffer, header.byteOffset).getUint32(4);
  if (length > limits[kind]) {
    throw new FrameError(`a frame of kind ${kind} must hold at most ${limits[kind]} bytes, got ${length}`);
  }
  return { kind, length, digest: header.slice(8, HEADER_BYTES) };
}

/** Chunks as streams deliver them: an array, or a list of arrays that belong together (Uint8ArrayList). */
export type Chunk = Uint8Array | Iterable<Uint8Array>;

/** The arrays that chunks consist of, which are not joined: that would copy them. */
async function* partsOf(chunks: AsyncIterable<Chunk> | Iterable<Chunk>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (chunk instanceof Uint8Array) yield chunk;
    else yield* chunk;
  }
}

/** Where the payloads are counted that are being put together. */
export interface PayloadBudget {
  /** Before one is allocated. @throws if it is too much */
  hold(bytes: number): void;
  /** One that will not become whole any more. */
  release(bytes: number): void;
}

/**
 * Bytes to frames, checked field by field before a payload is allocated and by digest before it is passed on.
 * One whose payload is waited for no more is left out (`PayloadMemories.expectNone`). The stream must end at the border of
 * a frame. Payloads that were passed on stay counted in `budget`.
 *
 * @throws {FrameError} naming the rule that the remote broke.
 */
export function decodeFrames(
  limits: FrameLimits = DEFAULT_LIMITS,
  budget?: PayloadBudget,
  memories: PayloadMemories = new PayloadMemories(),
): (chunks: AsyncIterable<Chunk> | Iterable<Chunk>) => AsyncGenerator<Required<Frame>> {
  return async function* (chunks) {
    const headerBytes = { bytes: new Uint8Array(HEADER_BYTES) };
    let target: PayloadMemory = headerBytes;
    let filled = 0;
    let header: Header | undefined;
    let held = 0;
    try {
      for await (const part of partsOf(chunks)) {
        let rest = part;
        while (rest.length > 0) {
          const taken = rest.subarray(0, target.bytes.length - filled);
          memories.write(target, taken, filled);
          filled += taken.length;
          rest = rest.subarray(taken.length);
          if (filled < target.bytes.length) break;
          if (!header) {
            header = parseHeader(headerBytes.bytes, limits);
            budget?.hold(header.length);
            held = header.length;
            target = memories.take(header);
            filled = 0;
          }
          if (filled === target.bytes.length) {
            const { kind, digest } = header;
            const isWanted = memories.close(target);
            if (isWanted) check(header, target.bytes);
            else budget?.release(held);
            held = 0;
            if (isWanted) yield { kind, payload: target.bytes, digest };
            header = undefined;
            target = headerBytes;
            filled = 0;
          }
        }
      }
    } finally {
      budget?.release(held);
    }
    if (header || filled > 0) {
      throw new CutFrameError(`the stream ended within a frame, ${filled} of ${target.bytes.length} bytes in`);
    }
  };
}

function check({ kind, digest }: Header, payload: Bytes): void {
  if (!equals(sha256OfPiece(payload), digest)) {
    throw new FrameError(
      `the payload of a frame of kind ${kind} and ${payload.length} bytes does not match its digest`,
    );
  }
}
