/**
 * The hundredth of the values that is largest in magnitude (Aji, Heafield 2017; Stich et al. 2018): their number (u32),
 * the values (float32), then for each the number of values left out before it (LEB128, shortest form). The others
 * decode to zero.
 *
 * @module
 */
import { bytesOf } from "../../../core/bytes.ts";
import {
  allocate,
  bodyOf,
  checkDecoded,
  checkingInput,
  codecInSlices,
  type Compressor,
  HEADER_BYTES,
  refuse,
} from "./compressor.ts";
import { largestPlaces } from "./_largest.ts";

const CODE = 4;
/** The part of the values that is sent. */
const FRACTION = 0.01;
/** Bytes of the longest gap: 35 bits hold a u32. */
const MAX_GAP_BYTES = 5;

function writeGaps(places: readonly number[]): number[] {
  const gaps: number[] = [];
  let next = 0;
  for (const place of places) {
    let gap = place - next;
    for (; gap >= 128; gap = Math.floor(gap / 128)) gaps.push(gap % 128 + 128);
    gaps.push(gap);
    next = place + 1;
  }
  return gaps;
}

/** Calls `take` with each place. @throws {CompressionError} if there are not exactly `count` within `values`. */
function readGaps(gaps: Uint8Array, count: number, values: number, take: (place: number, k: number) => void): void {
  let at = 0;
  let next = 0;
  for (let k = 0; k < count; k++) {
    let gap = 0;
    for (let length = 1, scale = 1;; length++, scale *= 128) {
      if (at >= gaps.length) refuse(`the place of value ${k} is missing`);
      const byte = gaps[at++];
      gap += (byte % 128) * scale;
      if (byte < 128) {
        if (byte === 0 && length > 1) refuse(`the gap before value ${k} must be written in its shortest form`);
        break;
      }
      if (length === MAX_GAP_BYTES) refuse(`the gap before value ${k} is too long`);
    }
    const place = next + gap;
    if (place >= values) refuse(`a place must be below ${values}, got ${place}`);
    take(place, k);
    next = place + 1;
  }
  if (at !== gaps.length) refuse(`${gaps.length - at} byte(s) follow the last place`);
}

/** 1 % of the values. */
export const topK: Compressor = {
  name: "top-k",
  code: CODE,
  lossless: false,
  partial: true,
  open({ values }) {
    const most = Math.max(1, Math.ceil(values * FRACTION));
    return codecInSlices({
      *encoding(vector) {
        yield* checkingInput(vector, values);
        const places = yield* largestPlaces(vector, most);
        yield;
        const gaps = writeGaps(places);
        const bytes = allocate(CODE, values, 4 + 4 * places.length + gaps.length);
        new DataView(bytes.buffer).setUint32(HEADER_BYTES, places.length, true);
        bytes.set(bytesOf(Float32Array.from(places, (place) => vector[place])), HEADER_BYTES + 4);
        bytes.set(gaps, HEADER_BYTES + 4 + 4 * places.length);
        return bytes;
      },
      // deno-lint-ignore require-yield -- a hundredth of the values
      *decoding(bytes) {
        const body = bodyOf(bytes, { code: CODE, values, least: 4, most: 4 + (4 + MAX_GAP_BYTES) * most });
        const count = new DataView(body.buffer).getUint32(0, true);
        if (count > most) refuse(`at most ${most} values are sent, got ${count}`);
        if (body.length < 4 + 5 * count) {
          refuse(`${count} values need ${4 + 5 * count} bytes or more, got ${body.length}`);
        }
        const sent = checkDecoded(new Float32Array(body.buffer, 4, count));
        const vector = new Float32Array(values);
        readGaps(body.subarray(4 + 4 * count), count, values, (place, k) => vector[place] = sent[k]);
        return vector;
      },
    });
  },
};
