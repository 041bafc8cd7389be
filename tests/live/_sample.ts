/** The events of a site of a made-up run, and where it stands, as a peer would tell them. */
import type { LiveState } from "../../src/live/state/live_state.ts";
import type { PeerEvent, PeerEventBody } from "../../src/peer/events.ts";
import type { MemberStanding, Standing } from "../../src/peer/standing.ts";

const id = (letter: string) => `12D3KooW${letter.repeat(44)}`;

/** The peers of the run. */
export const PEERS = { north: id("N"), south: id("S"), east: id("E"), harbour: id("H") };

/** Rounds and steps of its pre-training. */
export const PLAN = { rounds: 14, stepsPerRound: 30 };

/** The fifteenth minute of a day in 2026. */
const BEGIN = Date.UTC(2026, 4, 4, 9, 15);

type Told = (body: PeerEventBody, afterSeconds?: number) => void;

/** Pre-training up to `rounds`. */
function pretraining(tell: Told, rounds: number): void {
  const steps = PLAN.rounds * PLAN.stepsPerRound;
  for (let round = 1; round <= rounds; round++) {
    for (let k = 1; k <= PLAN.stepsPerRound; k++) {
      const step = (round - 1) * PLAN.stepsPerRound + k;
      const loss = 1.6 + 3.2 * Math.exp(-step / 90) + 0.18 * Math.sin(step * 1.7);
      tell({ type: "progress", phase: "pretrain", step, steps, loss, perSecond: 3.2 + 0.1 * Math.sin(step) }, 0.3);
    }
    const others = [PEERS.south, PEERS.east].slice(0, round % 3);
    for (const remote of others) {
      const exchange = {
        remote,
        round,
        initiator: round % 2 === 0,
        bytes: 1_234_567,
        milliseconds: 180 + 900 * (round % 3),
      };
      tell({ type: "exchange", ...exchange }, 0.4);
    }
    const share = round / PLAN.rounds;
    tell({
      ...{ type: "round", round, rounds: PLAN.rounds, loss: 1.6 + 3.2 * Math.exp(-round / 3), partners: others },
      consensus: 0.09 * Math.exp(-round / 4) + 0.004,
      health: {
        ...{ neighbourAccuracy: 0.05 + 0.55 * share, chance: 0.042, effectiveRank: 3 + 19 * share },
        ...{ meanCosine: 0.62 - 0.4 * share, collapsed: false },
      },
    }, 0.5);
  }
}

function fineTuning(tell: Told): void {
  for (const method of ["scratch", "pretrained"] as const) {
    for (let step = 1; step <= 120; step++) {
      const loss = (method === "scratch" ? 1.4 : 1) * Math.exp(-step / 50) + 0.3 + 0.04 * Math.sin(step * 2.3);
      tell({ type: "progress", phase: method, step, steps: 120, loss, perSecond: 4.1 }, 0.25);
    }
    for (let i = 0; i < 6; i++) {
      const dice = (middle: number) =>
        Math.min(1, middle + (method === "pretrained" ? 0.05 : 0) + 0.05 * Math.sin(3 * i));
      const perClass = {
        "left ventricle": dice(0.86),
        "myocardium": dice(0.71),
        "right ventricle": i === 2 ? null : dice(0.78),
      };
      tell({ type: "dice", method, case: `patient ${i}`, perClass }, 2);
    }
  }
}

/** How much of the run is told. */
export interface SampleOptions {
  /** Of pre-training. @default 9 */
  rounds?: number;
  /** With fine-tuning and its test. @default false */
  fineTuned?: boolean;
}

/** The events, in order. */
export function sampleEvents({ rounds = 9, fineTuned = false }: SampleOptions = {}): PeerEvent[] {
  const events: PeerEvent[] = [];
  let time = BEGIN;
  const tell: Told = (body, afterSeconds = 0.1) => {
    time += afterSeconds * 1000;
    events.push({ ...body, peer: "north", time });
  };
  tell({ type: "note", message: "live page at http://127.0.0.1:8080/" });
  tell({ type: "names", names: { [PEERS.south]: "south", [PEERS.east]: "east", [PEERS.harbour]: "harbour hospital" } });
  const engine = { name: "onednn", threads: 4, detail: "oneDNN 3.6, AVX-512", gflops: 148.2 };
  tell({ type: "started", peerId: PEERS.north, engine, cases: { training: 22, labelled: 4, probe: 3, test: 6 } }, 9);
  for (const remote of [PEERS.south, PEERS.east, PEERS.harbour]) tell({ type: "member", remote, state: "joined" });
  pretraining(tell, rounds);
  tell({ type: "warning", message: `${PEERS.harbour}: averaging: the stream was reset; the next round tries again` });
  tell({ type: "member", remote: PEERS.harbour, state: "left" });
  tell({ type: "split", missing: [PEERS.harbour] }, 20);
  if (fineTuned) fineTuning(tell);
  return events;
}

/** Where the site stands after `round` rounds, at `time`. */
export function sampleStanding({ round = 9, time = BEGIN + 120_000 } = {}): Standing {
  const seen = new Date(time - 4000).toISOString();
  const member = (peerId: string, rest: Partial<MemberStanding>): MemberStanding => ({
    ...{ peerId, round, mass: 22, exchanges: 7, lastSeen: seen, state: "here", connection: "direct" },
    ...rest,
  });
  const record = { time: time - 9000, kind: "weights", peer: PEERS.south, round, bytes: 1_234_567 } as const;
  const policy = { features: 512, of: 2048, noise: null };
  return {
    round,
    members: [
      member(PEERS.south, { name: "south" }),
      member(PEERS.east, { name: "east", connection: "relay", round: round - 4, exchanges: 3 }),
      member(PEERS.harbour, {
        ...{ name: "harbour hospital", connection: "none", state: "lost", round: round - 2, exchanges: 2 },
        ...{ lastSeen: new Date(time - 200_000).toISOString() },
        unreached: [{ address: "/dns4/peer.harbour.example/tcp/4001", reason: "the connection was refused" }],
      }),
    ],
    bytes: {
      weights: { sent: 48_234_112, received: 47_100_020 },
      embeddings: { sent: 2_311_004, received: 6_902_144 },
      control: { sent: 310_222, received: 402_118 },
    },
    privacy: { epsilon: 0.5, delta: 1e-5, spentEpsilon: 2.41, totalEpsilon: 8, releases: 9 },
    weightsPrivacy: { clip: 2, epsilon: 4, delta: 1e-6, spentEpsilon: 20, totalEpsilon: 20, releases: 5 },
    audit: {
      head: { records: 1204, bytes: 402_118, digest: "3f1c".repeat(16) },
      recent: [
        { ...record, digest: "00" },
        { ...record, kind: "embeddings", peer: PEERS.east, bytes: 131_072, digest: "01", policy },
        { time: time - 5000, kind: "break", fault: "line 12: the digest must be that of the line before it" },
      ],
    },
  };
}

/** Tells `state` the whole sample. */
export function feed(state: Pick<LiveState, "note">, options?: SampleOptions): void {
  for (const event of sampleEvents(options)) state.note(event);
}
