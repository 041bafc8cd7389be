/** JPEG 2000 by OpenJPEG. */
import { type Factory, wasmDecoder } from "./_wasm.ts";

/** See {@linkcode PixelDecoder}. */
export const jpeg2000 = wasmDecoder(async () => {
  const library: { default: Factory<"J2KDecoder"> } = await import("@cornerstonejs/codec-openjpeg");
  return library.default;
}, "J2KDecoder");
