/**
 * The bytes of a volume's file, unpacked, with lengths checked before they are allocated.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip, createInflate, gunzipSync } from "node:zlib";
import { messageOf, UserError } from "../../core/errors.ts";

/** Whether `bytes` begin like a gzip file (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** What a header announces: where the voxels begin in the unpacked file, how many bytes they are, and in words. */
export interface Announced {
  readonly offset: number;
  readonly length: number;
  /** As "64x64x32 voxels of int16". */
  readonly text: string;
  /** Where what is counted begins in a file on disk, and how it is packed. @default all, gzip where it begins so */
  readonly stream?: VoxelStream;
}

/** A part of a file, from a byte to the end. */
export interface VoxelStream {
  readonly from: number;
  readonly packing: Packing;
}

/** How bytes are packed: gzip is RFC 1952, zlib RFC 1950. */
export type Packing = "none" | "gzip" | "zlib";

/**
 * The voxels' bytes of a file that is in memory, in memory of their own.
 *
 * @throws {UserError} as {@linkcode readVoxelBytes}.
 */
export function voxelBytes(bytes: Uint8Array, announced: Announced, where: string): Uint8Array<ArrayBuffer> {
  const packed = isGzip(bytes);
  requireRoom(bytes.length, packed ? "gzip" : "none", announced, where);
  const collected = new Collected(announced, where);
  if (!packed) collected.take(bytes);
  else {
    try {
      collected.take(gunzipSync(bytes, { maxOutputLength: mostBytes(announced) }));
    } catch (cause) {
      throw damaged(where, cause, announced, "gzip");
    }
  }
  return collected.whole(where);
}

/**
 * The voxels' bytes of a file, read and unpacked piece by piece: nothing but they is ever in memory as a whole.
 *
 * @throws {UserError} if the file is shorter than its header says, damaged, or holds far more than that.
 */
export async function readVoxelBytes(
  path: string,
  announced: Announced,
  options: { where: string; signal?: AbortSignal },
): Promise<Uint8Array<ArrayBuffer>> {
  const { where, signal } = options;
  const { from, packing } = await requireVoxelBytes(path, announced, where);
  const packed = packing !== "none";
  const collected = new Collected(announced, where);
  const most = mostBytes(announced), tooMuch = excess(where, announced, packing);
  const take = async (pieces: AsyncIterable<Uint8Array>) => {
    for await (const piece of pieces) {
      collected.take(piece);
      if (packed && collected.passed > most) throw tooMuch;
      signal?.throwIfAborted();
    }
  };
  const end = packed ? Infinity : from + announced.offset + announced.length - 1; // what is behind it does not matter
  const file = createReadStream(path, { highWaterMark: PIECE, start: from, end });
  const unpack = packing === "zlib" ? createInflate : createGunzip;
  try {
    await (packed ? pipeline(file, unpack({ chunkSize: PIECE }), take) : pipeline(file, take));
  } catch (cause) {
    signal?.throwIfAborted();
    if (packed && collected.passed > most) throw tooMuch;
    throw packed ? damaged(where, cause, announced, packing) : unreadable(path, cause);
  }
  return collected.whole(where);
}

/**
 * Checks from the file's size alone whether it may hold what is announced.
 *
 * @returns where what is counted begins, and how it is packed
 * @throws {UserError} if it cannot, or cannot be read.
 */
export async function requireVoxelBytes(path: string, announced: Announced, where: string): Promise<VoxelStream> {
  const stream = announced.stream ?? { from: 0, packing: isGzip(await readStart(path, 2)) ? "gzip" : "none" };
  let size: number;
  try {
    ({ size } = await Deno.stat(path));
  } catch (cause) {
    throw unreadable(path, cause);
  }
  requireRoom(Math.max(0, size - stream.from), stream.packing, announced, where);
  return stream;
}

/** The voxels' bytes, gathered from the pieces of the unpacked file. */
class Collected {
  readonly #announced: Announced;
  readonly #voxels: Uint8Array<ArrayBuffer>;
  /** Bytes of the file so far. */
  passed = 0;

  constructor(announced: Announced, where: string) {
    this.#announced = announced;
    const { text, length } = announced;
    try {
      this.#voxels = new Uint8Array(length);
    } catch (cause) {
      const rule = `reading a volume: ${text} need ${length} bytes of memory, more than there are`;
      throw new UserError(rule, { where, cause });
    }
  }

  take(piece: Uint8Array): void {
    const { offset, length } = this.#announced;
    const from = Math.max(0, offset - this.passed);
    const at = this.passed + from - offset;
    if (from < piece.length && at < length) this.#voxels.set(piece.subarray(from, from + length - at), at);
    this.passed += piece.length;
  }

  whole(where: string): Uint8Array<ArrayBuffer> {
    requireBytes(this.passed, this.#announced, where);
    return this.#voxels;
  }
}

/** Bytes that are read, and unpacked, at a time. */
const PIECE = 2 ** 20;

/** The most that a packed file may hold: more than is announced counts as damage, some rest behind it does not. */
function mostBytes({ offset, length }: Announced): number {
  return 2 * (offset + length) + 2 ** 20;
}

/** @throws {UserError} before anything is allocated, if a file of `size` bytes cannot hold what is announced. */
function requireRoom(size: number, packing: Packing, announced: Announced, where: string): void {
  if (packing === "none") return requireBytes(size, announced, where);
  const expected = announced.offset + announced.length;
  // deflate reaches at most 1032:1, so a short file that announces a large image is caught before allocation
  if (size * 1032 < expected) {
    throw new UserError(`reading a volume: the header announces ${expected} bytes, the file cannot hold them`, {
      where,
      value: `${size} bytes packed`,
    });
  }
}

function requireBytes(size: number, { offset, length, text }: Announced, where: string): void {
  if (size >= offset + length) return;
  throw new UserError(`reading a volume: ${text} need ${offset + length} bytes`, { where, value: `${size} bytes` });
}

function excess(where: string, announced: Announced, packing: Packing): UserError {
  return new UserError(`reading a volume: the ${packing} data must be about as long as the header announces`, {
    where,
    value: `more than ${mostBytes(announced)} bytes`,
  });
}

function damaged(where: string, cause: unknown, announced: Announced, packing: Packing): UserError {
  if (cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE") {
    return excess(where, announced, packing);
  }
  const rule = `reading a volume: the ${packing} data must be whole and intact`;
  return new UserError(rule, { where, value: messageOf(cause), cause });
}

/** The first `length` bytes of the file, or all where it is shorter. */
export async function readStart(path: string, length: number): Promise<Uint8Array> {
  try {
    using file = await Deno.open(path);
    const buffer = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const count = await file.read(buffer.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    return buffer.subarray(0, filled);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): unknown {
  const reason = cause instanceof Deno.errors.NotFound
    ? "the file must exist"
    : cause instanceof Deno.errors.IsADirectory
    ? "a file is needed, not a folder"
    : cause instanceof Deno.errors.PermissionDenied
    ? "the file must be readable for this user"
    : cause instanceof Deno.errors.NotCapable
    ? "Deno must be allowed to read the file"
    : undefined;
  if (reason === undefined) {
    return new UserError(`reading a volume: ${messageOf(cause)}`, { where: path, cause });
  }
  return new UserError(`reading a volume: ${reason}`, { where: path, cause });
}
