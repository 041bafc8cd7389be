/**
 * By what an image is known under whatever name.
 *
 * @module
 */
import { messageOf, UserError } from "../../core/errors.ts";
import { sha256Hex } from "../../core/digest.ts";

/** Bytes that are read at the beginning, in the middle and at the end of a file: beginnings may be all background. */
const WINDOW = 32 * 1024;

/**
 * Size and SHA-256 of at most 96 KiB of the file at `path`, as "SIZE HEX".
 *
 * @throws {UserError} if it cannot be read.
 */
export async function imageDigest(path: string): Promise<string> {
  try {
    using file = await Deno.open(path);
    const { size } = await file.stat();
    const middle = Math.max(0, Math.floor((size - WINDOW) / 2));
    const starts = size <= 3 * WINDOW ? [0] : [0, middle, size - WINDOW];
    const length = size <= 3 * WINDOW ? size : WINDOW;
    const bytes = new Uint8Array(starts.length * length);
    for (const [i, start] of starts.entries()) {
      await file.seek(start, Deno.SeekMode.Start);
      for (let filled = 0; filled < length;) {
        const got = await file.read(bytes.subarray(i * length + filled, (i + 1) * length));
        if (got === null) break;
        filled += got;
      }
    }
    return `${size} ${await sha256Hex(bytes)}`;
  } catch (cause) {
    throw new UserError(`opening the data: ${messageOf(cause)}`, { where: path, cause });
  }
}
