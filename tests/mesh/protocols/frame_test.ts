import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { sha256, utf8 } from "../../../src/core/bytes.ts";
import { decodeFrames, encodeFrames, type Frame, FrameError, HEADER_BYTES } from "../../../src/mesh/protocols/frame.ts";

const LIMITS = { message: 1000, bytes: 100_000 };

async function encoded(...frames: Frame[]): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeFrames(frames)) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

async function decoded(bytes: Uint8Array, chunk = bytes.length): Promise<Frame[]> {
  const chunks: Uint8Array[] = [];
  for (let i = 0; i < bytes.length; i += chunk) chunks.push(bytes.subarray(i, i + chunk));
  return await Array.fromAsync(decodeFrames(LIMITS)(chunks));
}

const message: Frame = { kind: "message", payload: utf8('{"type":"offer"}') };
const bulk: Frame = { kind: "bytes", payload: new Uint8Array(90_000).map((_, i) => i % 251) };

Deno.test("frames come back whole, however the stream cuts them", async () => {
  const bytes = await encoded(message, bulk, { kind: "bytes", payload: new Uint8Array(0) }, message);
  for (const chunk of [1, 39, 40, 41, 4096, bytes.length]) {
    const frames = await decoded(bytes, chunk);
    assertEquals(frames.map(({ kind, payload }) => [kind, payload.length]), [
      ["message", 16],
      ["bytes", 90_000],
      ["bytes", 0],
      ["message", 16],
    ]);
    assertEquals(frames[1].payload, bulk.payload);
    assertEquals(frames[1].digest, await sha256(bulk.payload));
  }
});

const tampered: [string, (bytes: Uint8Array) => void, string][] = [
  ["another wire version", (bytes) => bytes[0] = 1, "must have wire version 3, got 1"],
  ["an unknown kind", (bytes) => bytes[1] = 9, "kind must be one of 1, 2, got 9"],
  ["reserved bits set", (bytes) => bytes[3] = 1, "reserved bytes of a frame must be zero"],
  ["a length beyond its kind's limit", (bytes) => bytes[4] = 0x7f, "must hold at most 1000 bytes"],
  ["another digest", (bytes) => bytes[8] ^= 1, "does not match its digest"],
  ["another payload", (bytes) => bytes[HEADER_BYTES] ^= 1, "does not match its digest"],
];
for (const [what, change, rule] of tampered) {
  Deno.test(`a frame with ${what} is refused`, async () => {
    const bytes = await encoded(message);
    change(bytes);
    await assertRejects(() => decoded(bytes), FrameError, rule);
  });
}

Deno.test("an oversized frame is refused from its header alone, before its payload comes or is allocated", async () => {
  const header = (await encoded(bulk)).slice(0, HEADER_BYTES);
  new DataView(header.buffer).setUint32(4, 0xffffffff);
  await assertRejects(() => decoded(header), FrameError, "at most 100000 bytes, got 4294967295");
});

Deno.test("a stream that ends within a frame is refused, at whatever byte", async () => {
  const bytes = await encoded(message);
  for (let end = 1; end < bytes.length; end++) {
    await assertRejects(() => decoded(bytes.subarray(0, end)), FrameError, "ended within a frame");
  }
});

Deno.test("bytes that were changed anywhere are refused with a FrameError and nothing else", async () => {
  const bytes = await encoded(message, { kind: "bytes", payload: bulk.payload.slice(0, 100) });
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const changed = bytes.slice();
      changed[at] ^= flip;
      await assertRejects(() => decoded(changed), FrameError);
    }),
    { numRuns: 500, seed: 1 },
  );
});

Deno.test("arbitrary bytes never crash the decoder", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
      await assertRejects(() => decoded(bytes), FrameError);
    }),
    { numRuns: 500, seed: 2 },
  );
});
