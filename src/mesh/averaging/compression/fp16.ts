/**
 * Half precision (IEEE 754 binary16, round to nearest even): 2 bytes a value, 11 significant bits. Beyond ±65504 it
 * saturates.
 *
 * @module
 */
import { slices } from "../../../core/slices.ts";
import {
  allocate,
  bodyOf,
  checkingInput,
  codecInSlices,
  type Compressor,
  HEADER_BYTES,
  requireFinite,
} from "./compressor.ts";

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
    return codecInSlices({
      *encoding(vector) {
        yield* checkingInput(vector, values);
        const bytes = allocate(CODE, values, 2 * values);
        const halves = new Float16Array(bytes.buffer, HEADER_BYTES, values);
        const encode = (from: number, to: number) => {
          for (let i = from; i < to; i++) {
            halves[i] = vector[i] > MAX_HALF ? MAX_HALF : vector[i] < -MAX_HALF ? -MAX_HALF : vector[i];
          }
        };
        for (const [from, to] of slices(values)) {
          encode(from, to);
          yield;
        }
        return bytes;
      },
      *decoding(bytes) {
        const halves = new Float16Array(bodyOf(bytes, { code: CODE, values, least: 2 * values }).buffer);
        const vector = new Float32Array(values);
        for (const [from, to] of slices(values)) {
          vector.set(halves.subarray(from, to), from);
          requireFinite(vector, from, to);
          yield;
        }
        return vector;
      },
    });
  },
};
