/** Decoders that Cornerstone has compiled to WebAssembly: they lie in the package, and nothing is fetched. */
import type { PixelDecoder } from "./decoder.ts";

/** An instance, as both libraries have it. */
interface Instance {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}

/** What a package's module makes. */
export type Library<Name extends string> = Readonly<Record<Name, new () => Instance>>;

/** A library of its own, which is told where to print: it tells of its progress. */
export type Factory<Name extends string> = (
  options: { print: () => void; printErr: () => void },
) => Promise<Library<Name>>;

/** A decoder by a library that is loaded once. */
export function wasmDecoder<Name extends string>(load: () => Promise<Factory<Name>>, name: Name): PixelDecoder {
  let loaded: Promise<Library<Name>> | undefined;
  const silent = () => {};
  return async (frame) => {
    loaded ??= load().then((factory) => factory({ print: silent, printErr: silent }));
    const instance = new (await loaded)[name]();
    try {
      instance.getEncodedBuffer(frame.length).set(frame);
      instance.decode();
      return new Uint8Array(instance.getDecodedBuffer()); // a copy: the memory is given back
    } finally {
      instance.delete();
    }
  };
}
