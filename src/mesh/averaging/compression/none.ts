/**
 * No compression: the values as they are, 4 bytes each.
 *
 * @module
 */
import { bytesOf } from "../../../core/bytes.ts";
import { allocate, bodyOf, checkDecoded, checkInput, type Compressor, HEADER_BYTES } from "./compressor.ts";

const CODE = 0;

/** float32, little-endian. */
export const none: Compressor = {
  name: "none",
  code: CODE,
  lossless: true,
  partial: false,
  open({ values }) {
    return {
      encode(vector) {
        checkInput(vector, values);
        const bytes = allocate(CODE, values, 4 * values);
        bytes.set(bytesOf(vector), HEADER_BYTES);
        return bytes;
      },
      decode(bytes) {
        const body = bodyOf(bytes, { code: CODE, values, least: 4 * values });
        return checkDecoded(new Float32Array(body.buffer));
      },
    };
  },
};
