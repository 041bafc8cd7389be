/**
 * Half precision (IEEE 754 binary16, round to nearest even): 2 bytes a value, 11 significant bits. Beyond ±65504 it
 * saturates.
 *
 * @module
 */
import { allocate, bodyOf, checkDecoded, checkInput, type Compressor, HEADER_BYTES } from "./compressor.ts";

const CODE = 1;
/** The largest finite binary16. */
const MAX_HALF = 65504;

/** binary16, little-endian. */
export const fp16: Compressor = {
  name: "fp16",
  code: CODE,
  lossless: false,
  partial: false,
  open({ values }) {
    return {
      encode(vector) {
        checkInput(vector, values);
        const bytes = allocate(CODE, values, 2 * values);
        const halves = new Float16Array(bytes.buffer, HEADER_BYTES, values);
        for (let i = 0; i < values; i++) {
          halves[i] = vector[i] > MAX_HALF ? MAX_HALF : vector[i] < -MAX_HALF ? -MAX_HALF : vector[i];
        }
        return bytes;
      },
      decode(bytes) {
        const body = bodyOf(bytes, { code: CODE, values, least: 2 * values });
        return checkDecoded(new Float32Array(new Float16Array(body.buffer)));
      },
    };
  },
};
