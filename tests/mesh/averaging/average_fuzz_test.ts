import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { allFinite } from "../../../src/core/vectors.ts";
import { compressors } from "../../../src/mesh/averaging/compression/compressors.ts";
import type { FrameChannel } from "../../../src/mesh/protocols/channel.ts";
import { DEFAULT_LIMITS } from "../../../src/mesh/protocols/frame.ts";
import { fuzzRuns } from "../../_fuzz.ts";
import { Side } from "./_side.ts";
import { largestAllocation } from "../protocols/_allocations.ts";
import { converse, type Ending } from "../protocols/_hostile.ts";
import { mutations } from "../protocols/_mutations.ts";
import { assertRefusal } from "../protocols/_refusals.ts";

const LENGTH = 1_000;
/** Frames that either side sends in an exchange. */
const FRAMES = 5;
/** One of each kind: whole values, quantised ones, chosen ones. */
const COMPRESSIONS = ["none", "int8", "top-k"];

function side(value: number, compression = "none"): Side {
  const compressor = compressors.named(compression);
  return new Side({ vector: new Float32Array(LENGTH).fill(value), compressor });
}

/** After whatever a remote sent, a state is one that it can go on with: as before, or merged with finite weights. */
function assertUsable({ state }: Side, ending: Ending<unknown>): void {
  const { vector, mass } = state!.snapshot();
  assert(allFinite(vector) && vector.length === LENGTH);
  assertEquals(mass, 1);
  if ("error" in ending) assertRefusal(ending.error);
}

type Role = (own: Side, channel: FrameChannel) => Promise<unknown>;
const asks: Role = (own, channel) => own.exchange(channel, "remote");
const answers: Role = (own, channel) => own.answer(channel, "remote");

for (const [does, own, other] of [["asks", asks, answers], ["answers", answers, asks]] as const) {
  Deno.test(`fuzz: a peer that ${does} in an exchange with a hostile one keeps a finite state and can go on`, async () => {
    await fc.assert(
      fc.asyncProperty(mutations(FRAMES), fc.constantFrom(...COMPRESSIONS), async (mutation, compression) => {
        const [here, there] = [side(1, compression), side(3, compression)];
        const largest = await largestAllocation(async () => {
          const talk = converse(mutation, (channel) => own(here, channel), (channel) => other(there, channel));
          const { honest, mutated } = await talk;
          assert(mutated);
          assertUsable(here, honest);
        });
        assert(largest <= DEFAULT_LIMITS.bytes, `asked for ${largest} bytes`);
        // it is not busy for ever
        await here.protocol.idle(AbortSignal.timeout(10_000));
      }),
      fuzzRuns(300),
    );
  });
}

Deno.test("fuzz: what is fetched for a late peer is a finite vector of its length, or a refusal", async () => {
  await fc.assert(
    fc.asyncProperty(mutations(2), async (mutation) => {
      const holder = side(3);
      const { honest, mutated } = await converse(
        mutation,
        (channel) => new Side().fetch(channel, { layout: "l", values: LENGTH }),
        (channel) => holder.answer(channel, "own"),
      );
      assert(mutated);
      if ("error" in honest) assertRefusal(honest.error);
      else if (honest.value) assert(honest.value.vector.length === LENGTH && allFinite(honest.value.vector));
    }),
    fuzzRuns(300),
  );
});
