/**
 * 8 bits a value in blocks of 256: the blocks' scales (float32), then one signed byte a value, −127 … 127.
 *
 * @module
 */
import { SLICE, slices } from "../../../core/slices.ts";
import { blockCount, blockScales, checkScales } from "./_blockwise.ts";
import { allocate, bodyOf, checkingInput, codecInSlices, type Compressor, HEADER_BYTES, refuse } from "./compressor.ts";

const CODE = 2;
const SIZE = 256;
const LEVELS = 127;

/** 8-bit blockwise. */
export const int8: Compressor = {
  name: "int8",
  code: CODE,
  lossless: false,
  partial: false,
  open({ values }) {
    const blocks = blockCount(values, SIZE);
    return codecInSlices({
      *encoding(vector) {
        yield* checkingInput(vector, values);
        const scales = new Float32Array(blocks);
        const bytes = allocate(CODE, values, 4 * blocks + values);
        const levels = new Int8Array(bytes.buffer, HEADER_BYTES + 4 * blocks);
        const encode = (from: number, to: number) => {
          blockScales(vector, scales, { size: SIZE, levels: LEVELS, from, to });
          for (let block = from; block < to; block++) {
            const inverse = scales[block] === 0 ? 0 : 1 / scales[block];
            const end = Math.min((block + 1) * SIZE, values);
            for (let i = block * SIZE; i < end; i++) levels[i] = ((vector[i] * inverse + LEVELS + 0.5) | 0) - LEVELS;
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
        const body = bodyOf(bytes, { code: CODE, values, least: 4 * blocks + values });
        const received = new Float32Array(body.buffer, 0, blocks);
        checkScales(received, LEVELS);
        const levels = new Int8Array(body.buffer, 4 * blocks);
        const vector = new Float32Array(values);
        const decode = (from: number, to: number) => {
          for (let block = from; block < to; block++) {
            const scale = received[block];
            const end = Math.min((block + 1) * SIZE, values);
            for (let i = block * SIZE; i < end; i++) {
              if (levels[i] < -LEVELS) refuse(`a level must be from -${LEVELS} to ${LEVELS}, got ${levels[i]} at ${i}`);
              vector[i] = levels[i] * scale;
            }
          }
        };
        for (const [from, to] of slices(blocks, SLICE / SIZE)) {
          decode(from, to);
          yield;
        }
        return vector;
      },
    });
  },
};
