/**
 * A compressor of one's own: one bit a value, its sign, and for every 64 values their mean magnitude (Karimireddy, Rebjock,
 * Stich and Jaggi 2019, "Error feedback fixes SignSGD"). It needs 1.5 bits a value; what it rounds away is made up for
 * by later rounds, since encodings are differences to what the other side has already.
 *
 * The body: the blocks' magnitudes (float32, little-endian), then the signs, eight a byte, the first in the lowest bit.
 *
 * How to run it: see README.md beside this file. In a configuration: `"mesh": { "averaging": { "compression": "sign" } }`.
 *
 * @module
 */
import {
  allocate,
  bodyOf,
  checkInput,
  CompressionError,
  type Compressor,
  compressors,
  HEADER_BYTES,
  MAX_MAGNITUDE,
} from "../../mod.ts";

const CODE = 128;
const BLOCK = 64;

/** The mean magnitude of each block. */
function magnitudesOf(vector: Float32Array): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: Math.ceil(vector.length / BLOCK) }, (_, block) => {
    const values = vector.subarray(block * BLOCK, (block + 1) * BLOCK);
    return values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
  });
}

/** One bit a value. */
export const sign: Compressor = {
  name: "sign",
  code: CODE,
  lossless: false,
  partial: true, // for differences only: weights themselves would lose all but their signs
  open({ values }) {
    const blocks = Math.ceil(values / BLOCK), signBytes = Math.ceil(values / 8);
    return {
      encode(vector) {
        checkInput(vector, values);
        const bytes = allocate(CODE, values, 4 * blocks + signBytes);
        bytes.set(new Uint8Array(magnitudesOf(vector).buffer), HEADER_BYTES);
        const signs = bytes.subarray(HEADER_BYTES + 4 * blocks);
        vector.forEach((value, i) => signs[i >> 3] |= Number(value < 0) << (i & 7));
        return bytes;
      },
      decode(bytes) {
        const body = bodyOf(bytes, { code: CODE, values, least: 4 * blocks + signBytes });
        const magnitudes = new Float32Array(body.buffer, 0, blocks);
        if (!magnitudes.every((magnitude) => magnitude >= 0 && magnitude <= MAX_MAGNITUDE)) {
          throw new CompressionError("decoding a vector: a magnitude must be from 0 to what is encoded at most");
        }
        const signs = body.subarray(4 * blocks);
        return Float32Array.from({ length: values }, (_, i) => {
          const magnitude = magnitudes[Math.floor(i / BLOCK)];
          return signs[i >> 3] >> (i & 7) & 1 ? -magnitude : magnitude;
        });
      },
    };
  },
};

compressors.register(sign);
