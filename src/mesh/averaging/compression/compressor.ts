/**
 * What a compressor is: a flat vector of float32 as fewer bytes, and back.
 *
 * Every encoding begins with the format's version (u8), the compressor's code (u8) and the number of values (u32,
 * little-endian); what follows is told in the compressor's file. A receiver knows how many values there must be, so
 * every length is checked before anything is allocated, and what is not exactly an encoding ends in one
 * {@linkcode CompressionError}.
 *
 * @module
 */
import { type Layout, sizeOf } from "../../../core/vectors.ts";
import type { Bytes } from "../../../core/bytes.ts";
import { atOnce, type Sliced, slices } from "../../../core/slices.ts";

/** Bytes that are not an encoding. */
export class CompressionError extends Error {
  /** Tells it from other errors. */
  override name = "CompressionError";
}

/** A part of the vector that is a matrix, row-major. */
export interface MatrixPart {
  /** Index of the first value in the vector. */
  readonly offset: number;
  /** Of the matrix, row-major. */
  readonly rows: number;
  /** Of the matrix. */
  readonly columns: number;
}

/** What of a model's layout compressors see. */
export interface VectorLayout {
  /** How many values the vector has. */
  readonly values: number;
  /** Ascending, without overlaps. */
  readonly matrices: readonly MatrixPart[];
}

/**
 * Every tensor of rank 2 or more as a matrix: rows are all axes but the last, which is a convolution's output channels.
 */
export function vectorLayout(layout: Layout): VectorLayout {
  const matrices: MatrixPart[] = [];
  let values = 0;
  for (const { shape } of layout) {
    const size = sizeOf(shape);
    const columns = shape.at(-1) ?? 1;
    if (shape.length >= 2 && size > 0) matrices.push({ offset: values, rows: size / columns, columns });
    values += size;
  }
  return { values, matrices };
}

/**
 * Both directions for vectors of one layout. One for each link and direction: it may keep what makes the next encoding
 * better.
 */
export interface Codec {
  /**
   * The bytes of `vector`; the same vectors in the same order give the same bytes.
   *
   * @throws {RangeError} if the vector has another length or a value is not finite or its magnitude is above
   * {@linkcode MAX_MAGNITUDE}.
   */
  encode(vector: Float32Array): Bytes;
  /**
   * What the receiver makes of them.
   *
   * @throws {CompressionError} if they are not an encoding of such a vector.
   */
  decode(bytes: Uint8Array): Float32Array<ArrayBuffer>;
  /**
   * The same, where nothing was lost: the values are not looked at, so that they may be no numbers.
   *
   * @default it decodes
   */
  view?(bytes: Uint8Array): Float32Array<ArrayBuffer>;
  /** As `encode`, in slices, so that a large vector does not keep the network waiting. @default at once */
  encoding?(vector: Float32Array): Sliced<Bytes>;
  /** As `decode`, in slices. @default at once */
  decoding?(bytes: Uint8Array): Sliced<Float32Array<ArrayBuffer>>;
}

/** A codec that works in slices, and does the same at once. */
export function codecInSlices({ encoding, decoding }: Required<Pick<Codec, "encoding" | "decoding">>): Codec {
  return {
    ...{ encoding, decoding },
    encode: (vector) => atOnce(encoding(vector)),
    decode: (bytes) => atOnce(decoding(bytes)),
  };
}

/** A compressor. ‖x − decode(encode(x))‖ ≤ ‖x‖ holds for each, which the registry proves on samples. */
export interface Compressor {
  /** What configurations call it. */
  readonly name: string;
  /** Its number on the wire: up to 127 for those that are built in, 128 to 254 for others. */
  readonly code: number;
  /** Whether decoding gives back the vector, bit by bit. */
  readonly lossless: boolean;
  /** Whether it leaves out most of the vector: then it is for differences, to what the receiver has already, only. */
  readonly partial: boolean;
  /** For one link and direction. @throws {UserError} if it can do nothing with vectors of this layout. */
  open(layout: VectorLayout): Codec;
}

/** The largest magnitude that is encoded; weights beyond it have diverged. */
export const MAX_MAGNITUDE = 1e30;

/** Bytes of what every encoding begins with. */
export const HEADER_BYTES = 6;

const VERSION = 1;

/** A buffer of header and `bodyBytes` zeros. */
export function allocate(code: number, values: number, bodyBytes: number): Bytes {
  return writeHeader(new Uint8Array(HEADER_BYTES + bodyBytes), code, values);
}

/** Writes the header of an encoding to the beginning of `bytes`, and returns them. */
export function writeHeader(bytes: Bytes, code: number, values: number): Bytes {
  bytes[0] = VERSION;
  bytes[1] = code;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(2, values, true);
  return bytes;
}

/** Where in its memory the values of a vector begin that has room before them, in bytes: a multiple of 4. */
const ROOM = 8;

/** Memory that holds one such vector, and nothing else. */
const withRoom = new WeakSet<ArrayBufferLike>();

function allocateWithRoom(bytes: number): ArrayBuffer {
  const buffer = new ArrayBuffer(ROOM + bytes);
  withRoom.add(buffer);
  return buffer;
}

/** A vector of zeros with room before it for an encoding's header: `none` encodes it where it lies. */
export function vectorWithRoom(values: number): Float32Array<ArrayBuffer> {
  return new Float32Array(allocateWithRoom(4 * values), ROOM, values);
}

/**
 * The bytes before and of `vector` that are an encoding's once its header is in them; undefined where there is no such
 * room.
 */
export function roomOf(vector: Float32Array): Bytes | undefined {
  const { buffer, byteOffset, byteLength } = vector;
  if (byteOffset !== ROOM || !withRoom.has(buffer)) return undefined;
  return new Uint8Array(buffer as ArrayBuffer, ROOM - HEADER_BYTES, HEADER_BYTES + byteLength);
}

/** Zeros for an encoding of `length` bytes, whose body may be viewed as floats. */
export function bytesToDecode(length: number): Bytes {
  const start = ROOM - HEADER_BYTES;
  return new Uint8Array(allocateWithRoom(Math.max(0, length - HEADER_BYTES)), start, length);
}

/** The compressor's code in an encoding's header. @throws {CompressionError} if there is no header of this version. */
function codeOf(bytes: Uint8Array): number {
  if (bytes.length < HEADER_BYTES) refuse(`an encoding has at least ${HEADER_BYTES} bytes, got ${bytes.length}`);
  if (bytes[0] !== VERSION) refuse(`an encoding must be of version ${VERSION}, got ${bytes[0]}`);
  return bytes[1];
}

/**
 * The body, a copy of its own so that it may be viewed as floats.
 *
 * @throws {CompressionError} if header or length are not what they must be.
 */
export function bodyOf(bytes: Uint8Array, expected: ExpectedBody): Bytes {
  checkHeader(bytes, expected);
  return bytes.slice(HEADER_BYTES) as Bytes;
}

/** What an encoding must hold. */
export interface ExpectedBody {
  /** The code of the compressor that made it. */
  code: number;
  /** How many values it holds. */
  values: number;
  /** The fewest bytes after the header. */
  least: number;
  /** The most bytes after the header. @default as `least` */
  most?: number;
}

/** @throws {CompressionError} if header or length are not what they must be. */
export function checkHeader(bytes: Uint8Array, { code, values, least, most = least }: ExpectedBody): void {
  const found = codeOf(bytes);
  if (found !== code) refuse(`the encoding must be of compressor ${code}, got ${found}`);
  const count = new DataView(bytes.buffer, bytes.byteOffset).getUint32(2, true);
  if (count !== values) refuse(`the encoding must hold ${values} values, got ${count}`);
  const length = bytes.length - HEADER_BYTES;
  if (length < least || length > most) {
    refuse(`the body must have ${least === most ? least : `${least} to ${most}`} bytes, got ${length}`);
  }
}

/** Always throws. */
export function refuse(rule: string): never {
  throw new CompressionError(`decoding a vector: ${rule}`);
}

/** @throws {CompressionError} unless every value is finite. */
export function checkDecoded<T extends Float32Array>(vector: T): T {
  requireFinite(vector, 0, vector.length);
  return vector;
}

/** @throws {CompressionError} unless all from `from` to before `to` are finite. */
export function requireFinite(vector: Float32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    if (!Number.isFinite(vector[i])) refuse(`every value must be finite, got ${vector[i]} at ${i}`);
  }
}

/** Vectors that nobody changes any more, and of which it is known that they can be encoded. */
const sound = new WeakSet<Float32Array>();

/** Notes whether every value of `vector`, as it is now, is within {@linkcode MAX_MAGNITUDE}: it need not be checked. */
export function noteSound(vector: Float32Array, isSound: boolean): void {
  if (isSound) sound.add(vector);
  else sound.delete(vector);
}

/** Checks what is to be encoded. @throws {RangeError} as {@linkcode Codec.encode} says. */
export function checkInput(vector: Float32Array, values: number): void {
  atOnce(checkingInput(vector, values));
}

/** The same, in slices. */
export function* checkingInput(vector: Float32Array, values: number): Sliced<void> {
  if (vector.length !== values) throw new RangeError(`a vector must hold ${values} values, got ${vector.length}`);
  if (sound.has(vector)) return;
  for (const [from, to] of slices(values)) {
    requireWithin(vector, from, to);
    yield;
  }
}

function requireWithin(vector: Float32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    if (!(Math.abs(vector[i]) <= MAX_MAGNITUDE)) {
      throw new RangeError(`a value must be finite and at most ${MAX_MAGNITUDE}, got ${vector[i]} at ${i}`);
    }
  }
}
