/** A peer that has something to tell of every metric. */
import type { PeerEvent, PeerEventBody } from "../../../src/peer/events.ts";
import type { MemberStanding, Standing } from "../../../src/peer/standing.ts";
import type { MetricSource } from "../../../src/telemetry/metrics/metric.ts";
import { Tally } from "../../../src/telemetry/metrics/tally.ts";

export const START = Date.UTC(2026, 0, 2);

/** Peer ids of members. */
export const [SOUTH, EAST, WEST] = ["south", "east", "west"].map((name) => `12D3KooW${name.padStart(44, "x")}`);

/** A tally of events, one a second. */
export function tallyOf(...bodies: PeerEventBody[]): Tally {
  const tally = new Tally();
  bodies.forEach((body, second) => tally.note({ ...body, peer: "north", time: START + second * 1000 } as PeerEvent));
  return tally;
}

const HEALTH = { meanCosine: 0.25, effectiveRank: 9, neighbourAccuracy: 0.5, chance: 0.125, collapsed: false };

const member = (peerId: string, connection: MemberStanding["connection"], lastSeen: string | null): MemberStanding => ({
  ...{ peerId, connection, lastSeen, round: 3, mass: 8, exchanges: 2 },
});

const STANDING: Standing = {
  round: 2,
  members: [
    member(SOUTH, "direct", "2026-01-02T00:00:01.500Z"),
    member(EAST, "relay", "2026-01-02T00:00:02.000Z"),
    member(WEST, "none", null),
  ],
  bytes: {
    weights: { sent: 100, received: 200 },
    embeddings: { sent: 10, received: 20 },
    control: { sent: 1, received: 2 },
  },
  privacy: { epsilon: 1, delta: 1e-5, spentEpsilon: 6, totalEpsilon: 8, releases: 3 },
  weightsPrivacy: { clip: 1, epsilon: 1, delta: 1e-5, spentEpsilon: 2, totalEpsilon: 4, releases: 2 },
  audit: { head: { records: 12, bytes: 3456, digest: "00" }, recent: [] },
};

/** Everything that a peer says in its life, and where it stands. */
export function wholeSource(): MetricSource {
  const step = { steps: 4, perSecond: 2, loss: 1.5 } as const;
  return {
    site: "north",
    tally: tallyOf(
      { type: "names", names: { [SOUTH]: 'so"uth' } },
      {
        type: "started",
        peerId: "12D3KooWnorth",
        engine: { name: "wasm", threads: 2, detail: "SIMD", gflops: 80 },
        cases: { training: 8, labelled: 2, probe: 2, test: 4 },
      },
      { type: "member", remote: WEST, state: "refused", reason: "the settings differ", kind: "settings" },
      { type: "split", missing: [EAST] },
      { type: "progress", phase: "pretrain", round: 1, step: 1, ...step },
      { type: "progress", phase: "pretrain", round: 1, step: 3, ...step },
      { type: "exchange", remote: SOUTH, round: 1, initiator: true, bytes: 100, milliseconds: 250 },
      { type: "exchange", remote: SOUTH, round: 1, initiator: false, bytes: 50, milliseconds: 500 },
      { type: "exchange-failed", remote: EAST, reason: "timeout" },
      { type: "round", round: 1, rounds: 2, loss: 1.25, health: HEALTH, partners: [SOUTH], consensus: 0.5 },
      { type: "warning", message: "something" },
      { type: "dice", method: "pretrained", case: "a", perClass: { spleen: 0.5, liver: null } },
      { type: "dice", method: "pretrained", case: "b", perClass: { spleen: 1, liver: 0.25 } },
      { type: "finished", seconds: 9 },
    ),
    standing: STANDING,
    process: { residentBytes: 1e8, cpuSeconds: 2.5, startSeconds: START / 1000 },
    disk: {
      checkpoints: new Map([["pretraining", { files: 2, bytes: 2048, newestSeconds: START / 1000 }]]),
      freeBytes: 5e9,
    },
  };
}
