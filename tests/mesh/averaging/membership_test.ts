import { assert, assertEquals } from "@std/assert";
import { Averaging } from "../../../src/mesh/averaging/averaging.ts";
import { checkAveraging } from "../../../src/mesh/averaging/settings.ts";
import type { MeshEvent } from "../../../src/mesh/events.ts";
import { Rng } from "../../../src/core/rng.ts";

Deno.test("when members leave, settings that then contradict each other stop the mixing, not the peer, and are told once", async () => {
  const events: MeshEvent[] = [];
  let members = ["a", "b", "c", "d"];
  const averaging = new Averaging({
    // nobody is connected: the members are all that counts here
    peers: {
      signal: new AbortController().signal,
      present: () => [],
      isPresent: () => false,
      isLeaving: () => false,
      use: () => Promise.reject(new Error("nobody is there")),
      drop: () => {},
    },
    identity: { peerId: "a" },
    consortium: "c",
    members: () => members,
    averaging: checkAveraging({ topology: "complete", rule: "trimmed-mean" }, 4),
    patience: 0,
    rng: new Rng(1),
    stepTimeout: 1000,
    audit: () => {},
    emit: (event) => events.push(event),
  });
  averaging.initialise(new Float32Array(3), { layout: "l", mass: 1, round: 0 });
  const mix = async (step: number) => (await averaging.step({ step, steps: 9 })).skipped;
  assertEquals(await mix(0), "no member is connected");
  members = ["b", "c"];
  for (const step of [1, 2]) {
    const skipped = await mix(step);
    assert(skipped?.includes("combining complete with trimmed-mean"), skipped);
  }
  assertEquals(events.map(({ type }) => type), ["warning"]);
  members = ["a", "b", "c", "d", "e"];
  assertEquals(await mix(3), "no member is connected");
});
