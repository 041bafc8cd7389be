/**
 * The first bytes of a file, unpacked: enough for its header, without the rest.
 *
 * @module
 */
import { constants, gunzipSync } from "node:zlib";
import { messageOf, UserError } from "../../core/errors.ts";
import { isGzip, readStart } from "./bytes.ts";
import { HEADER_BYTES } from "./header.ts";

/** Packed bytes that hold a header, unless the gzip stream begins with other things. */
const PIECE = 4096;

/**
 * At least the bytes that a header needs, or all there are, of a file that is in memory; unpacked where they are gzip.
 *
 * @throws {UserError} if the gzip data is damaged.
 */
export function unpackStart(bytes: Uint8Array, where: string): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  for (let packed = gzipHeaderLength(bytes) + PIECE;; packed *= 2) {
    const start = unpack(bytes.subarray(0, packed), where);
    if (start.length >= HEADER_BYTES || packed >= bytes.length) return start;
  }
}

/**
 * As {@linkcode unpackStart}, of a file on disk, of which no more is read than it takes.
 *
 * @throws {UserError} if the file cannot be read, or as above.
 */
export async function readUnpackedStart(path: string): Promise<Uint8Array> {
  for (let length = PIECE;; length *= 4) {
    const bytes = await readStart(path, length);
    const start = unpackStart(bytes, path);
    if (start.length >= HEADER_BYTES || bytes.length < length) return start;
  }
}

function unpack(bytes: Uint8Array, where: string): Uint8Array {
  try {
    // A sync flush gives what there is, also of a stream that is cut off.
    const { buffer, byteOffset, length } = gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    return new Uint8Array(buffer, byteOffset, length); // a Buffer's `slice` would share its memory instead of copying
  } catch (cause) {
    throw new UserError("reading a volume: the gzip data must be intact", { where, value: messageOf(cause), cause });
  }
}

/** Bytes before the first member's data (RFC 1952, 2.3): a name and a comment of any length, up to 64 KiB of extras. */
function gzipHeaderLength(bytes: Uint8Array): number {
  const flags = bytes[3];
  const [checked, extra, name, comment] = [2, 4, 8, 16].map((bit) => (flags & bit) !== 0);
  let length = 10;
  const text = () => {
    const end = bytes.indexOf(0, length);
    length = end < 0 ? bytes.length : end + 1;
  };
  if (extra) length += 2 + (bytes[length] ?? 0) + 256 * (bytes[length + 1] ?? 0);
  if (name) text();
  if (comment) text();
  return checked ? length + 2 : length;
}
