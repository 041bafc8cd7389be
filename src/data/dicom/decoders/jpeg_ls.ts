/** JPEG-LS by CharLS. */
import { type Factory, wasmDecoder } from "./_wasm.ts";

/** See {@linkcode PixelDecoder}. */
export const jpegLs = wasmDecoder(async () => {
  const library: { default: Factory<"JpegLSDecoder"> } = await import("@cornerstonejs/codec-charls");
  return library.default;
}, "JpegLSDecoder");
