/**
 * RLE lossless (PS3.5, annex G): each byte of the pixels in a segment of its own, the highest first, packed as PackBits.
 *
 * A decoder of our own: the standard's is a dozen lines, and no package on npm has it without a viewer around it.
 *
 * @module
 */
import type { PixelDecoder } from "./decoder.ts";

/** See {@linkcode PixelDecoder}. */
export const rle: PixelDecoder = (frame, { rows, columns, bytes }) => {
  const header = new DataView(frame.buffer, frame.byteOffset, 64);
  if (header.getUint32(0, true) !== bytes) throw new RangeError("there must be a segment for each byte");
  const pixels = new Uint8Array(rows * columns * bytes);
  for (let segment = 0; segment < bytes; segment++) {
    const start = header.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < bytes ? header.getUint32(8 + 4 * segment, true) : frame.length;
    unpack(frame.subarray(start, end), pixels, { first: bytes - 1 - segment, step: bytes });
  }
  return Promise.resolve(pixels);
};

function unpack(packed: Uint8Array, pixels: Uint8Array, { first, step }: { first: number; step: number }): void {
  let to = first;
  for (let from = 0; to < pixels.length;) {
    if (from >= packed.length) throw new RangeError("a segment ends too early");
    const code = packed[from++];
    if (code === 128) continue;
    const isRun = code > 128, count = isRun ? 257 - code : code + 1;
    if (from + (isRun ? 1 : count) > packed.length) throw new RangeError("a segment ends too early");
    for (let i = 0; i < count && to < pixels.length; i++, to += step) pixels[to] = packed[isRun ? from : from + i];
    from += isRun ? 1 : count;
  }
}
