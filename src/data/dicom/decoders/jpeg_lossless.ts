/**
 * JPEG lossless, process 14, also with selection value 1 only, by jpeg-lossless-decoder-js; its later versions bring a
 * bundler's binary along.
 *
 * @module
 */
import type { PixelDecoder } from "./decoder.ts";

interface Library {
  readonly lossless: { readonly Decoder: new () => { decompress(packed: ArrayBuffer): ArrayBuffer } };
}

/** See {@linkcode PixelDecoder}. */
export const jpegLossless: PixelDecoder = async (frame) => {
  const { default: { lossless } }: { default: Library } = await import("jpeg-lossless-decoder-js");
  const whole = new Uint8Array(frame); // the library takes a buffer of its own
  return new Uint8Array(new lossless.Decoder().decompress(whole.buffer));
};
