/**
 * No compression: the values as they are, 4 bytes each.
 *
 * @module
 */
import { bytesOf } from "../../../core/bytes.ts";
import { slices } from "../../../core/slices.ts";
import {
  allocate,
  bodyOf,
  checkHeader,
  checkingInput,
  codecInSlices,
  type Compressor,
  HEADER_BYTES,
  requireFinite,
  roomOf,
  writeHeader,
} from "./compressor.ts";

const CODE = 0;

/**
 * The values of an encoding, unchecked; without a copy where they lie on a border of 4 bytes, as in `bytesToDecode`.
 *
 * @throws {CompressionError} if header or length are not what they must be.
 */
function viewOf(bytes: Uint8Array, values: number): Float32Array<ArrayBuffer> {
  const expected = { code: CODE, values, least: 4 * values };
  const start = bytes.byteOffset + HEADER_BYTES;
  if (start % 4 !== 0) return new Float32Array(bodyOf(bytes, expected).buffer);
  checkHeader(bytes, expected);
  return new Float32Array(bytes.buffer as ArrayBuffer, start, values);
}

/**
 * float32, little-endian. What it encodes and decodes may share memory with what it is given, which must not change as
 * long as the other is in use.
 */
export const none: Compressor = {
  name: "none",
  code: CODE,
  lossless: true,
  partial: false,
  open({ values }) {
    const codec = codecInSlices({
      *encoding(vector) {
        yield* checkingInput(vector, values);
        const room = roomOf(vector);
        if (room) return writeHeader(room, CODE, values);
        const bytes = allocate(CODE, values, 4 * values);
        const body = bytesOf(vector);
        for (const [from, to] of slices(body.length)) {
          bytes.set(body.subarray(from, to), HEADER_BYTES + from);
          yield;
        }
        return bytes;
      },
      *decoding(bytes) {
        const vector = viewOf(bytes, values);
        for (const [from, to] of slices(values)) {
          requireFinite(vector, from, to);
          yield;
        }
        return vector;
      },
    });
    return { ...codec, view: (bytes) => viewOf(bytes, values) };
  },
};
