/** What is given to late peers. */
import { assertEquals } from "@std/assert";
import { LateGivings } from "../../../src/mesh/averaging/late_givings.ts";
import { TwoWayState } from "../../../src/mesh/averaging/two_way/state.ts";
import { type Manifest, manifestRoot } from "../../../src/mesh/protocols/pieces.ts";
import { channelPair } from "../_streams.ts";

Deno.test("a late peer is given what is of its training, beside one of the training before and after that was cut", async () => {
  const givings = new LateGivings({ stepTimeout: 5_000, audit: () => {}, optimiser: () => undefined });
  const ask = async (peer: string, layout: string, values: number, kept: string[] = []) => {
    const { a, b } = await channelPair();
    const state = new TwoWayState(new Float32Array(values).fill(1), { layout, mass: 1, round: 3 });
    const given = givings.give(b, peer, { kept, state }).catch(() => {});
    const { manifest } = await a.receiveMessage((value) => value as { manifest: Manifest });
    const end = async () => {
      a.abort(new Error("cut"));
      await given;
    };
    return { manifest, end };
  };
  const before = await ask("a", "before", 3);
  const now = await ask("b", "now", 5);
  assertEquals([before.manifest.bytes, now.manifest.bytes], [12, 20]);
  await before.end();
  const after = await ask("c", "now", 5, [await manifestRoot(before.manifest)]);
  assertEquals(after.manifest.bytes, 20);
  await now.end();
  await after.end();
});
