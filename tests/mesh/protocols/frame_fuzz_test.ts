import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { concat } from "@std/bytes/concat";
import fc from "fast-check";
import { type Bytes, utf8 } from "../../../src/core/bytes.ts";
import {
  decodeFrames,
  type Frame,
  FrameError,
  type FrameLimits,
  HEADER_BYTES,
  WIRE_VERSION,
} from "../../../src/mesh/protocols/frame.ts";
import { fuzzRuns } from "../../_fuzz.ts";
import { largestAllocation } from "./_allocations.ts";
import { bytesOfFrame, changed, changes } from "./_mutations.ts";

const LIMITS: FrameLimits = { message: 2_000, bytes: 20_000 };

const frames: fc.Arbitrary<Frame> = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).map((value): Frame => ({ kind: "message", payload: utf8(JSON.stringify(value)) })),
  fc.uint8Array({ maxLength: 500 }).map((payload): Frame => ({ kind: "bytes", payload: payload as Bytes })),
);

/** `bytes` as a stream might cut them. */
function cut(bytes: Bytes, sizes: readonly number[]): Bytes[] {
  const chunks: Bytes[] = [];
  for (let start = 0, i = 0; start < bytes.length; i++) {
    const end = start + (sizes.length > 0 ? sizes[i % sizes.length] : bytes.length);
    chunks.push(bytes.subarray(start, end));
    start = end;
  }
  return chunks;
}

/** What came before the end, and the error that was the end. */
async function decode(chunks: readonly Bytes[], limits = LIMITS): Promise<{ got: Required<Frame>[]; error?: unknown }> {
  const got: Required<Frame>[] = [];
  try {
    for await (const frame of decodeFrames(limits)(chunks)) got.push(frame);
    return { got };
  } catch (error) {
    return { got, error };
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 5 });

Deno.test("fuzz: frames come back as they were, however they are cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(frames, { maxLength: 5 }), sizes, async (sent, sizes) => {
      const bytes = concat(await Promise.all(sent.map(bytesOfFrame)));
      const { got, error } = await decode(cut(bytes, sizes));
      assertEquals(error, undefined);
      assertEquals(got.map(({ kind, payload }) => [kind, payload]), sent.map(({ kind, payload }) => [kind, payload]));
    }),
    fuzzRuns(500),
  );
});

Deno.test("fuzz: a changed frame is refused with a FrameError, or is another whole frame; the one before it stands", async () => {
  await fc.assert(
    fc.asyncProperty(frames, frames, changes, sizes, async (first, second, change, sizes) => {
      const before = await bytesOfFrame(first);
      const original = await bytesOfFrame(second);
      const hostile = await changed(second, change);
      const { got, error } = await decode(cut(concat([before, hostile]), sizes));
      assertEquals(got[0]?.payload, first.payload);
      if (error !== undefined) assertInstanceOf(error, FrameError);
      // the digest is the payload's: the kind may become the other one, which whoever waits for a kind refuses
      const isOtherKind = got.length === 2 && got[1].kind !== second.kind;
      if (["flip", "version", "length"].includes(change.do) && !isSame(hostile, original)) {
        assert(error !== undefined || isOtherKind);
      }
    }),
    fuzzRuns(2_000),
  );
});

Deno.test("fuzz: arbitrary bytes are no frames, and no more memory is asked for than a frame may take", async () => {
  const header = fc.tuple(
    fc.constantFrom(WIRE_VERSION, 0, 255),
    fc.constantFrom(0, 1, 2, 3),
    fc.nat(2 ** 32 - 1),
    fc.uint8Array({ maxLength: 100 }),
  ).map(([version, kind, length, rest]): Bytes => {
    const bytes = new Uint8Array(HEADER_BYTES + rest.length);
    bytes.set([version, kind]);
    new DataView(bytes.buffer).setUint32(4, length);
    bytes.set(rest, HEADER_BYTES);
    return bytes;
  });
  const arbitrary = fc.oneof(header, fc.uint8Array({ minLength: 1, maxLength: 300 }) as fc.Arbitrary<Bytes>);
  await fc.assert(
    fc.asyncProperty(arbitrary, sizes, async (bytes, sizes) => {
      const chunks = cut(bytes, sizes);
      const largest = await largestAllocation(async () => assertInstanceOf((await decode(chunks)).error, FrameError));
      assert(largest <= LIMITS.bytes, `asked for ${largest} bytes`);
    }),
    fuzzRuns(2_000),
  );
});

Deno.test("a frame that announces 4 GiB allocates nothing", async () => {
  const hostile = await bytesOfFrame({ kind: "bytes", payload: new Uint8Array(0) });
  new DataView(hostile.buffer).setUint32(4, 2 ** 32 - 1);
  const largest = await largestAllocation(async () => {
    const { error } = await decode([hostile]);
    assertEquals(`${error}`, "FrameError: a frame of kind bytes must hold at most 20000 bytes, got 4294967295");
  });
  assertEquals(largest, HEADER_BYTES);
});

function isSame(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
