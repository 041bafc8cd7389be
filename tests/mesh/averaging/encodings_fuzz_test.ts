import { assert } from "@std/assert";
import fc from "fast-check";
import { allFinite } from "../../../src/core/vectors.ts";
import { Rng } from "../../../src/core/rng.ts";
import { CompressionError, type VectorLayout } from "../../../src/mesh/averaging/compression/compressor.ts";
import { compressors } from "../../../src/mesh/averaging/compression/compressors.ts";
import { fuzzRuns } from "../../_fuzz.ts";
import { largestAllocation } from "../protocols/_allocations.ts";

const layout: VectorLayout = { values: 600, matrices: [{ offset: 100, rows: 20, columns: 25 }] };
const rng = new Rng(1);
const vector = Float32Array.from({ length: layout.values }, () => rng.normal());

for (const compressor of compressors) {
  Deno.test(`fuzz: hostile bytes are a finite vector to ${compressor.name}, or are refused, and allocate no more than it`, async () => {
    const encoding = compressor.open(layout).encode(vector);
    const place = fc.nat(encoding.length - 1);
    const hostile = fc.oneof(
      fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 8 }).map((changes) => {
        const bytes = encoding.slice();
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      }),
      place.map((end) => encoding.slice(0, end)),
      fc.uint8Array({ maxLength: 64 }),
      fc.uint8Array({ minLength: encoding.length, maxLength: encoding.length }).map((bytes) => {
        bytes.set(encoding.subarray(0, 6));
        return bytes;
      }),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (bytes) => {
        const largest = await largestAllocation(() => {
          try {
            const decoded = compressor.open(layout).decode(bytes);
            assert(decoded.length === layout.values && allFinite(decoded));
          } catch (error) {
            if (!(error instanceof CompressionError)) throw error;
          }
          return Promise.resolve();
        });
        assert(largest <= 8 * layout.values, `asked for ${largest} bytes`);
      }),
      fuzzRuns(500),
    );
  });
}
