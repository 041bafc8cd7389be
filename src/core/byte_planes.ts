/**
 * Words in fewer bytes: rounded to half their width, without what they have in common with others, and packed byte by
 * byte, since of floats the first bytes are alike and the last ones are noise.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { packWords, unpackWords } from "./byte_planes.ts";
 *
 * const words = Float32Array.from({ length: 1000 }, (_, i) => 1 + i / 1000);
 * const packed = await packWords(words);
 * assertEquals(await unpackWords(packed, Float32Array), words);
 * ```
 *
 * @module
 */
import { deflateRaw, inflateRaw } from "node:zlib";
import { promisify } from "node:util";

/** Arrays whose elements are words. */
type Words = Float32Array | Uint16Array | Uint32Array;

/** What makes one of bytes. */
interface WordsOf<T extends Words> {
  new (buffer: ArrayBuffer): T;
  readonly BYTES_PER_ELEMENT: number;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Words) => new Uint8Array(buffer, byteOffset, byteLength);

/** Packs words: all their first bytes, then all their second ones …, deflated (RFC 1951). */
export async function packWords(words: Words): Promise<Uint8Array> {
  const width = words.BYTES_PER_ELEMENT, bytes = bytesOf(words);
  const planes = new Uint8Array(bytes.length);
  for (let plane = 0, to = 0; plane < width; plane++) {
    for (let from = plane; from < bytes.length; from += width) planes[to++] = bytes[from];
  }
  return await promisify(deflateRaw)(planes);
}

/** The inverse of {@linkcode packWords}. @throws {Error} if the bytes are damaged. */
export async function unpackWords<T extends Words>(packed: Uint8Array, kind: WordsOf<T>): Promise<T> {
  const planes: Uint8Array = await promisify(inflateRaw)(packed);
  const width = kind.BYTES_PER_ELEMENT, bytes = new Uint8Array(planes.length);
  for (let plane = 0, from = 0; plane < width; plane++) {
    for (let to = plane; to < bytes.length; to += width) bytes[to] = planes[from++];
  }
  return new kind(bytes.buffer);
}

/** The nearest bfloat16 of each value: the upper half of a float32, so its range, with 8 bits of precision. */
export function toBfloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(words.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i], isFinite = (word & 0x7f800000) !== 0x7f800000;
    halves[i] = isFinite ? (word + 0x7fff + (word >>> 16 & 1)) >>> 16 : word >>> 16 | (word & 0xffff ? 0x40 : 0);
  }
  return halves;
}

/** The inverse of {@linkcode toBfloat16}, which is exact. */
export function fromBfloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < words.length; i++) words[i] = halves[i] << 16;
  return new Float32Array(words.buffer);
}

/** Words, bit by bit, where they differ from those of as long an array; done twice they are as they were. */
export function differ<T extends Words>(words: T, others: T): T {
  const own = bytesOf(words), other = bytesOf(others), bytes = new Uint8Array(own.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = own[i] ^ other[i];
  return new (words.constructor as WordsOf<T>)(bytes.buffer);
}
