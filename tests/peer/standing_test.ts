import { assertEquals } from "@std/assert";
import type { Head } from "../../src/mesh/heads/head.ts";
import { standingOf, type StandingSources } from "../../src/peer/standing.ts";

const head = (round: number) => ({ round }) as Head;
const flow = { sent: 1, received: 2 };

/** A site with three members: direct, by a relay, and one that was never met. */
const sources: StandingSources = {
  mesh: {
    announcedRound: 16,
    members: () => [
      { peer: "a", connected: true, admitted: true, direct: true },
      { peer: "b", connected: true, admitted: true, direct: false },
      { peer: "c", connected: true, admitted: false, direct: true },
    ],
    heads: () => new Map([["a", head(17)], ["b", head(12)]]),
    bytes: () => ({ weights: flow, embeddings: flow, control: flow }),
  },
  participation: {
    report: () =>
      ["a", "b", "c"].map((peerId) => ({
        ...{ peerId, round: peerId === "c" ? 0 : 10, mass: 4, exchanges: 2, lastSeen: null, present: true, behind: 3 },
      })),
  },
  policy: { spent: () => null },
  updates: { spent: () => ({ clip: 1, epsilon: 2, delta: 1e-5, spentEpsilon: 3, totalEpsilon: 8, releases: 2 }) },
  audit: { head: { records: 1, bytes: 2, digest: "d" }, recent: [{ time: 1, kind: "break", fault: "cut" }] },
  names: () => ({ a: "south" }),
};

Deno.test("members stand with name, connection and the rounds of the whole run, not of pre-training alone", () => {
  const { round, members, privacy, weightsPrivacy, audit, bytes } = standingOf(sources);
  const rest = { mass: 4, exchanges: 2, lastSeen: null };
  assertEquals(members, [
    { peerId: "a", round: 17, ...rest, name: "south", connection: "direct" },
    { peerId: "b", round: 12, ...rest, connection: "relay" },
    { peerId: "c", round: 0, ...rest, connection: "none" },
  ]);
  assertEquals([round, privacy, audit.head.records, audit.recent.length, bytes.control], [16, null, 1, 1, flow]);
  assertEquals(weightsPrivacy?.spentEpsilon, 3);
});
