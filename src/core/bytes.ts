/**
 * Small helpers on bytes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { decodeBase64 } from "@std/encoding/base64";

/** Bytes in a buffer of their own kind: what WebCrypto asks for. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** UTF-8 of `text`. */
export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

/** The text of `bytes`. @throws {TypeError} if they are not valid UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** SHA-256 of `bytes`. */
export async function sha256(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", own(bytes)));
}

/**
 * The same on this thread, for what is small, a megabyte at most: WebCrypto copies what it is given to another thread,
 * which takes longer than to digest it.
 */
export function sha256OfPiece(bytes: Uint8Array): Bytes {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}

/** `bytes` over a plain ArrayBuffer, copied only if they lie in another kind of buffer. */
export function own(bytes: Uint8Array): Bytes {
  return bytes.buffer instanceof ArrayBuffer ? bytes as Bytes : new Uint8Array(bytes);
}

/** The bytes of base64 `text`. @throws {RangeError} if it is not base64. */
export function fromBase64(text: string): Bytes {
  try {
    return decodeBase64(text);
  } catch (cause) {
    throw new RangeError("the text is not base64", { cause });
  }
}

/** The bytes of a float32 or int32 array, without a copy. Little-endian: every platform that Deno runs on is. */
export function bytesOf(array: Float32Array | Int32Array): Bytes {
  return new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
}
