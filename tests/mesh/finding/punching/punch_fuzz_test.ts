/** What comes of an agreement on direct calls of which one frame was changed on its way. */
import { assert } from "@std/assert";
import fc from "fast-check";
import { follow, isPlace, lead, MOST_ADDRESSES } from "../../../../src/mesh/finding/punching/protocol.ts";
import type { FrameChannel } from "../../../../src/mesh/protocols/channel.ts";
import { fuzzRuns } from "../../../_fuzz.ts";
import { converse } from "../../protocols/_hostile.ts";
import { mutations } from "../../protocols/_mutations.ts";
import { assertRefusal } from "../../protocols/_refusals.ts";

const OWN = ["/ip4/192.0.2.7/udp/4001/quic"];
const leads = (channel: FrameChannel) => lead(channel, OWN);
const follows = (channel: FrameChannel) => follow(channel, () => Promise.resolve(OWN));

for (const [who, frames, honest, remote] of [["leads", 2, leads, follows], ["follows", 3, follows, leads]] as const) {
  Deno.test(`fuzz: who ${who} calls nothing but a few places over QUIC, whatever comes`, async () => {
    await fc.assert(
      fc.asyncProperty(mutations(frames), async (mutation) => {
        const { honest: ended, mutated } = await converse(mutation, honest, remote);
        assert(mutated);
        if ("error" in ended) return assertRefusal(ended.error);
        const { addresses, wait } = ended.value;
        assert(addresses.length <= MOST_ADDRESSES && addresses.every(isPlace), `${addresses}`);
        assert(wait >= 0 && Number.isFinite(wait));
      }),
      fuzzRuns(60),
    );
  });
}
