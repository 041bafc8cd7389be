import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Bytes } from "../../../src/core/bytes.ts";
import {
  type Blob,
  makeBlob,
  parseManifest,
  pullBlob,
  serveBlob,
  swapBlobs,
} from "../../../src/mesh/protocols/pieces.ts";
import { fuzzRuns } from "../../_fuzz.ts";
import { largestAllocation } from "./_allocations.ts";
import { converse } from "./_hostile.ts";
import { mutations } from "./_mutations.ts";
import { assertRefusal } from "./_refusals.ts";

const PIECE = 1024;
/** Frames that either side sends in a transfer, at least. */
const FRAMES = 5;
const data: Bytes = Uint8Array.from({ length: 4 * PIECE + 100 }, (_, i) => (i * 7) % 253);
const blob: Blob = await makeBlob(data, PIECE);

Deno.test("fuzz: what is pulled from a hostile remote is what the manifest names, or nothing", async () => {
  await fc.assert(
    fc.asyncProperty(mutations(FRAMES), async (mutation) => {
      const { honest, mutated } = await converse(
        mutation,
        (channel) => pullBlob(channel, blob.manifest),
        (channel) => serveBlob(channel, blob),
      );
      assert(mutated);
      if ("value" in honest) assertEquals(honest.value, data);
      else assertRefusal(honest.error);
    }),
    fuzzRuns(300),
  );
});

Deno.test("fuzz: what is swapped with a hostile remote is what the manifest names, or nothing", async () => {
  const other: Blob = await makeBlob(data.toReversed(), PIECE);
  await fc.assert(
    fc.asyncProperty(mutations(FRAMES), async (mutation) => {
      const { honest, mutated } = await converse(
        mutation,
        (channel) => swapBlobs(channel, { blob: other, manifest: blob.manifest }),
        (channel) => swapBlobs(channel, { blob, manifest: other.manifest }),
      );
      assert(mutated);
      if ("value" in honest) assertEquals(honest.value, data);
      else assertRefusal(honest.error);
    }),
    fuzzRuns(300),
  );
});

Deno.test("fuzz: a hostile asker gets pieces or a refusal", async () => {
  await fc.assert(
    fc.asyncProperty(mutations(FRAMES), async (mutation) => {
      const { honest, mutated } = await converse(
        mutation,
        (channel) => serveBlob(channel, blob),
        (channel) => pullBlob(channel, blob.manifest),
      );
      assert(mutated);
      if ("error" in honest) assertRefusal(honest.error);
    }),
    fuzzRuns(300),
  );
});

Deno.test("fuzz: a manifest is what makeBlob makes, or is refused before anything of its size is allocated", async () => {
  const { manifest } = blob;
  const number = fc.oneof(fc.constantFrom(...Object.values(manifest).filter(Number.isInteger)), fc.double(), fc.nat());
  const digest = fc.oneof(fc.constantFrom(...manifest.pieces), fc.string({ maxLength: 64 }));
  const manifests = fc.oneof(
    fc.record({ bytes: number, pieceBytes: number, pieces: fc.array(digest, { maxLength: 900 }) }),
    fc.record({
      bytes: fc.constant(2 ** 32 - 1),
      pieceBytes: fc.constant(PIECE),
      pieces: fc.constant(manifest.pieces),
    }),
    fc.jsonValue(),
  );
  await fc.assert(
    fc.asyncProperty(manifests, async (value) => {
      const largest = await largestAllocation(() => {
        let parsed;
        try {
          parsed = parseManifest(value, { maxBytes: data.length });
        } catch (error) {
          assertRefusal(error);
          return Promise.resolve();
        }
        assert(parsed.bytes <= data.length && parsed.pieces.length === Math.ceil(parsed.bytes / parsed.pieceBytes));
        return Promise.resolve();
      });
      assertEquals(largest, 0);
    }),
    fuzzRuns(1_000),
  );
});

Deno.test("a manifest that announces 4 GiB is refused before a byte of it is allocated", async () => {
  const hostile = { ...blob.manifest, bytes: 2 ** 32 - 1, pieceBytes: 1024 * 1024 };
  const largest = await largestAllocation(() => {
    assertThrows(() => parseManifest(hostile, { maxBytes: 2 ** 26 }), RangeError, "at most 67108864 bytes");
    return Promise.resolve();
  });
  assertEquals(largest, 0);
});
