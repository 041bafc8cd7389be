import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { allFinite } from "../../../src/core/vectors.ts";
import { Averager } from "../../../src/mesh/averaging/gossip.ts";
import { AveragingState } from "../../../src/mesh/averaging/state.ts";
import type { FrameChannel } from "../../../src/mesh/protocols/channel.ts";
import { fuzzRuns } from "../../_fuzz.ts";
import { largestAllocation } from "./_allocations.ts";
import { converse, type Ending } from "./_hostile.ts";
import { mutations } from "./_mutations.ts";
import { assertRefusal } from "./_refusals.ts";

const LENGTH = 1_000;
/** Frames that either side sends in an exchange. */
const FRAMES = 5;

function averager(value: number): Averager {
  const made = new Averager();
  made.initialise(new AveragingState(new Float32Array(LENGTH).fill(value), { layout: "l", mass: 1, round: 3 }));
  return made;
}

/** After whatever a remote sent, a state is one that it can go on with: as before, or merged with finite weights. */
function assertUsable({ state }: Averager, ending: Ending<unknown>): void {
  const { vector, mass } = state!.snapshot();
  assert(allFinite(vector) && vector.length === LENGTH);
  assertEquals(mass, 1);
  if ("error" in ending) assertRefusal(ending.error);
}

type Side = (averager: Averager, channel: FrameChannel) => Promise<unknown>;
const asks: Side = (averager, channel) => averager.exchange(channel, "remote");
const answers: Side = (averager, channel) => averager.answer(channel, "remote");

for (const [side, own, other] of [["asks", asks, answers], ["answers", answers, asks]] as const) {
  Deno.test(`fuzz: a peer that ${side} in an exchange with a hostile one keeps a finite state and can go on`, async () => {
    await fc.assert(
      fc.asyncProperty(mutations(FRAMES), async (mutation) => {
        const [here, there] = [averager(1), averager(3)];
        const largest = await largestAllocation(async () => {
          const talk = converse(mutation, (channel) => own(here, channel), (channel) => other(there, channel));
          const { honest, mutated } = await talk;
          assert(mutated);
          assertUsable(here, honest);
        });
        assert(largest <= 128 * 1024, `asked for ${largest} bytes`);
        // it is not busy for ever
        await here.idle(AbortSignal.timeout(10_000));
      }),
      fuzzRuns(300),
    );
  });
}

Deno.test("fuzz: what is fetched for a late peer is a finite vector of its length, or a refusal", async () => {
  await fc.assert(
    fc.asyncProperty(mutations(2), async (mutation) => {
      const holder = averager(3);
      const { honest, mutated } = await converse(
        mutation,
        (channel) => new Averager().fetch(channel, { layout: "l", values: LENGTH }),
        (channel) => holder.answer(channel, "own"),
      );
      assert(mutated);
      if ("error" in honest) assertRefusal(honest.error);
      else if (honest.value) assert(honest.value.vector.length === LENGTH && allFinite(honest.value.vector));
    }),
    fuzzRuns(300),
  );
});
