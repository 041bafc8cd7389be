/**
 * All compressors by name; loading this file proves that each encoder and its decoder agree.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compressors } from "./compressors.ts";
 *
 * const codec = compressors.named("int8").open({ values: 1000, matrices: [] });
 * const bytes = codec.encode(new Float32Array(1000).fill(0.5));
 * assertEquals(bytes.length, 1022); // instead of 4,000
 * assertEquals(codec.decode(bytes)[0], 0.5);
 * ```
 *
 * @module
 */
import { equals } from "@std/bytes/equals";
import { Registry } from "../../../core/registry.ts";
import { Rng } from "../../../core/rng.ts";
import { CompressionError, type Compressor, type VectorLayout } from "./compressor.ts";
import { fp16 } from "./fp16.ts";
import { int4 } from "./int4.ts";
import { int8 } from "./int8.ts";
import { lowRank } from "./low_rank.ts";
import { none } from "./none.ts";
import { topK } from "./top_k.ts";

function distance(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((value, i) => value - b[i]));
}

function refuses(decode: () => unknown): boolean {
  try {
    decode();
    return false;
  } catch (error) {
    return error instanceof CompressionError;
  }
}

/** What {@linkcode proveCompressor} encodes: odd in length, with zeros, tiny and large values, and a matrix. */
function samples(layout: VectorLayout): Float32Array[] {
  const rng = new Rng(1).fork("compressors");
  const random = (scale: number) => Float32Array.from({ length: layout.values }, () => scale * rng.normal());
  const zeros = new Float32Array(layout.values);
  const single = zeros.slice();
  single[layout.values - 1] = -3;
  return [zeros, single, random(1), random(1e-30), random(1e4)];
}

/**
 * Proves on samples that what a compressor encodes it decodes, to a vector of the right length that is no farther from
 * the original than zeros are (equal to it, for a lossless one); that two codecs make the same bytes; and that it
 * refuses these bytes cut short, lengthened or under another code.
 *
 * @throws {Error} naming the compressor and what does not hold.
 */
export function proveCompressor(compressor: Compressor): void {
  const layout: VectorLayout = { values: 331, matrices: [{ offset: 10, rows: 20, columns: 16 }] };
  const [codec, twin] = [compressor.open(layout), compressor.open(layout)];
  const insist = (holds: boolean, rule: string) => {
    if (!holds) throw new Error(`the compressor ${compressor.name} is at fault: ${rule}`);
  };
  for (const vector of samples(layout)) {
    const bytes = codec.encode(vector);
    insist(bytes[1] === compressor.code, "an encoding must carry its code");
    insist(equals(bytes, twin.encode(vector)), "two codecs must make the same bytes");
    const decoded = twin.decode(bytes);
    insist(decoded.length === vector.length, "decoding must give as many values as were encoded");
    const far = distance(decoded, vector);
    insist(
      compressor.lossless ? far === 0 : far <= distance(vector, new Float32Array(331)),
      "it must not lose more than all",
    );
    insist(refuses(() => codec.decode(bytes.subarray(0, -1))), "it must refuse an encoding that is cut short");
    insist(refuses(() => codec.decode(Uint8Array.of(...bytes, 0))), "it must refuse what follows an encoding");
    insist(refuses(() => codec.decode(bytes.with(1, 255))), "it must refuse another compressor's encoding");
  }
}

function requireOwnCode({ name, code }: Compressor, others: readonly Compressor[]): void {
  const same = others.find((other) => other.code === code);
  if (same) throw new Error(`the compressor ${name} is at fault: its code ${code} is that of ${same.name}`);
}

/** Every compressor; a new one is one file and one line here. */
export const compressors: Registry<Compressor> = new Registry("a compressor", [none, fp16, int8, int4, topK, lowRank], {
  prove(compressor, others) {
    requireOwnCode(compressor, others);
    proveCompressor(compressor);
  },
});
