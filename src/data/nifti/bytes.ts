/**
 * The bytes of a NIfTI file, unpacked, with lengths checked before they are allocated.
 *
 * @module
 */
import { constants, gunzipSync } from "node:zlib";
import { messageOf, UserError } from "../../core/errors.ts";

/** Whether `bytes` begin like a gzip file (RFC 1952). */
function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Up to the first few hundred bytes of `bytes`, unpacked where they are gzip; for reading a header. */
export function unpackStart(bytes: Uint8Array, where: string): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  try {
    // A sync flush gives what there is, also of a stream that is cut off.
    return plain(gunzipSync(bytes.subarray(0, 4096), { finishFlush: constants.Z_SYNC_FLUSH }));
  } catch (cause) {
    throw new UserError("reading a volume: the gzip data must be intact", { where, value: messageOf(cause), cause });
  }
}

/**
 * All of `bytes`, unpacked where they are gzip.
 *
 * @throws {UserError} if the stream is damaged, or holds far more than the `expected` bytes that the header announces.
 */
export function unpack(bytes: Uint8Array, expected: number, where: string): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  // deflate reaches at most 1032:1, so a short file that announces a large image is caught before allocation
  if (bytes.length * 1032 < expected) {
    throw new UserError(`reading a volume: the header announces ${expected} bytes, the file cannot hold them`, {
      where,
      value: `${bytes.length} bytes packed`,
    });
  }
  try {
    return plain(gunzipSync(bytes, { maxOutputLength: 2 * expected + 2 ** 20 }));
  } catch (cause) {
    throw new UserError("reading a volume: the gzip data must be whole and intact", {
      where,
      value: messageOf(cause),
      cause,
    });
  }
}

/** As Uint8Array: a node Buffer's `slice` would share its memory instead of copying. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** The file's bytes; every failure becomes one sentence. */
export async function readBytes(path: string, signal?: AbortSignal): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path, { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreadable(path, cause);
  }
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
