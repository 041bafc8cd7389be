/**
 * 4 bits a value in blocks of 64: the blocks' scales (float32), then two values a byte, the first in the low half; each
 * half is the level −7 … 7 plus 8. The last byte of an odd number of values has 8 (zero) in its high half.
 *
 * @module
 */
import { SLICE, slices } from "../../../core/slices.ts";
import { blockCount, blockScales, checkScales } from "./_blockwise.ts";
import { allocate, bodyOf, checkingInput, codecInSlices, type Compressor, HEADER_BYTES, refuse } from "./compressor.ts";

const CODE = 3;
const SIZE = 64;
const LEVELS = 7;
const OFFSET = 8;

/** 4-bit blockwise. */
export const int4: Compressor = {
  name: "int4",
  code: CODE,
  lossless: false,
  partial: false,
  open({ values }) {
    const blocks = blockCount(values, SIZE);
    const pairs = Math.ceil(values / 2);
    return codecInSlices({
      *encoding(vector) {
        yield* checkingInput(vector, values);
        const scales = new Float32Array(blocks);
        const bytes = allocate(CODE, values, 4 * blocks + pairs);
        const halves = bytes.subarray(HEADER_BYTES + 4 * blocks);
        const encode = (from: number, to: number) => {
          blockScales(vector, scales, { size: SIZE, levels: LEVELS, from, to });
          for (let block = from; block < to; block++) {
            const inverse = scales[block] === 0 ? 0 : 1 / scales[block];
            const end = Math.min((block + 1) * SIZE, values);
            for (let i = block * SIZE; i < end; i += 2) {
              const low = (vector[i] * inverse + OFFSET + 0.5) | 0;
              const high = i + 1 < end ? (vector[i + 1] * inverse + OFFSET + 0.5) | 0 : OFFSET;
              halves[i >> 1] = low | (high << 4);
            }
          }
        };
        for (const [from, to] of slices(blocks, SLICE / SIZE)) {
          encode(from, to);
          yield;
        }
        bytes.set(new Uint8Array(scales.buffer), HEADER_BYTES);
        return bytes;
      },
      *decoding(bytes) {
        const body = bodyOf(bytes, { code: CODE, values, least: 4 * blocks + pairs });
        const received = new Float32Array(body.buffer, 0, blocks);
        checkScales(received, LEVELS);
        const halves = body.subarray(4 * blocks);
        const vector = new Float32Array(values);
        const decode = (from: number, to: number) => {
          for (let i = from; i < to; i++) {
            const half = i & 1 ? halves[i >> 1] >> 4 : halves[i >> 1] & 15;
            if (half === 0) refuse(`a level must be from -${LEVELS} to ${LEVELS}, got ${-OFFSET} at ${i}`);
            vector[i] = (half - OFFSET) * received[Math.floor(i / SIZE)];
          }
        };
        for (const [from, to] of slices(values)) {
          decode(from, to);
          yield;
        }
        if (values & 1 && halves[pairs - 1] >> 4 !== OFFSET) refuse("the half byte after the last value must be 8");
        return vector;
      },
    });
  },
};
