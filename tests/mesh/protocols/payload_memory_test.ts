/** Payloads that were announced are put into their place, and nowhere once nobody waits for them. */
import { assert, assertEquals } from "@std/assert";
import { type Bytes, sha256OfPiece } from "../../../src/core/bytes.ts";
import { ByteBudget } from "../../../src/mesh/protocols/byte_budget.ts";
import { decodeFrames, encodeFrames, type Frame } from "../../../src/mesh/protocols/frame.ts";
import { PayloadMemories } from "../../../src/mesh/protocols/payload_memory.ts";

const payload: Bytes = Uint8Array.from({ length: 5_000 }, (_, i) => i % 251);
const digest = sha256OfPiece(payload);
const wire = await Array.fromAsync(encodeFrames([{ kind: "bytes", payload }]));
const [bytes] = wire;

async function decoded(chunks: Iterable<Uint8Array>, memories: PayloadMemories, budget?: ByteBudget): Promise<Frame[]> {
  return await Array.fromAsync(decodeFrames(undefined, budget, memories)(chunks));
}

Deno.test("what was announced lies in its place, and only the first time", async () => {
  const memories = new PayloadMemories();
  const whole = new Uint8Array(3 * payload.length);
  const place = whole.subarray(payload.length, 2 * payload.length);
  memories.expect({ digest, place });
  const [first, second] = await decoded([bytes, bytes], memories);
  assert(first.payload === place && second.payload !== place);
  assertEquals([place, second.payload], [payload, payload]);
});

Deno.test("what differs from what was announced in kind, length or digest is put elsewhere", async () => {
  for (
    const [kind, length, name] of [
      ["message", payload.length, digest],
      ["bytes", payload.length - 1, digest],
      ["bytes", payload.length, sha256OfPiece(digest)],
    ] as const
  ) {
    const memories = new PayloadMemories();
    const place = new Uint8Array(length);
    memories.expect({ digest: name, place });
    const [frame] = await decoded(await Array.fromAsync(encodeFrames([{ kind, payload }])), memories);
    assert(frame.payload !== place);
    assertEquals(place, new Uint8Array(length));
  }
});

Deno.test("what comes when nobody waits for it any more changes nothing, and counts for nothing", async () => {
  const memories = new PayloadMemories();
  const place = new Uint8Array(payload.length);
  const budget = new ByteBudget();
  memories.expect({ digest, place });
  function* chunks() {
    yield bytes.subarray(0, 1_000);
    place.fill(7); // others use it
    memories.expectNone();
    yield bytes.subarray(1_000);
    yield bytes;
  }
  const frames = await decoded(chunks(), memories, budget);
  assertEquals(frames.map(({ payload }) => payload), [payload]);
  assertEquals(place, new Uint8Array(payload.length).fill(7));
  assertEquals(budget.held, payload.length); // of the frame that was passed on
});
