/**
 * The measurements of `bench network` between processes of the mesh.
 *
 * @module
 */
import { sleep } from "../../src/core/deadline.ts";
import { freePorts } from "../../src/cli/consortium.ts";
import { compressors } from "../../src/mesh/averaging/compression/compressors.ts";
import { DEFAULT_AVERAGING } from "../../src/mesh/averaging/settings.ts";
import type { NetworkFigure } from "./_network_figures.ts";
import { joinAll, type NetworkPeer, withPeers } from "./_network_peers.ts";
import { mean } from "../../src/core/statistics.ts";
import { middleOf } from "../../src/display/statistics.ts";

/** Values of the vector whose exchange is timed: 64 MB. */
const LARGE = 16_000_000;

/** Exchanges of 64 MB each way against a bare stream that carries as much each way, in turns. */
export function throughput(repeats: number): Promise<NetworkFigure[]> {
  return withPeers(2, async ([a, b], members) => {
    const vector = { length: LARGE, value: 1 };
    await joinAll([a, b], members, () => ({ vector }));
    const bytes = 4 * LARGE;
    const { address } = await b.ask("listen", { bytes });
    const processor = async () => {
      const [one, other] = await Promise.all([a.ask("consumed", {}), b.ask("consumed", {})]);
      return one.seconds + other.seconds;
    };
    const measured = async (what: () => Promise<{ milliseconds: number }>) => {
      const before = await processor();
      const { milliseconds } = await what();
      return { speed: 2 * bytes / 1e3 / milliseconds, seconds: await processor() - before };
    };
    const rounds: Record<"bare" | "sealed", { speed: number; seconds: number }>[] = [];
    for (let round = -1; round < repeats; round++) {
      const bare = await measured(() => a.ask("raw", { address, bytes }));
      const sealed = await measured(() => a.ask("exchange", {}));
      if (round >= 0) rounds.push({ bare, sealed }); // the first of each warms up
    }
    const base = { case: "64 MB each way between two processes" };
    const all = (figure: (round: typeof rounds[number]) => number) => middleOf(rounds.map(figure));
    return [
      { ...base, metric: "weights exchanged", unit: "MB/s", ...all(({ sealed }) => sealed.speed) },
      { ...base, metric: "a bare noise stream", unit: "MB/s", ...all(({ bare }) => bare.speed) },
      {
        ...base,
        ...{ metric: "weights by bare stream", unit: "", target: { least: 0.8 } },
        ...all(({ sealed, bare }) => sealed.speed / bare.speed),
      },
      { ...base, metric: "processor time, weights", unit: "s", ...all(({ sealed }) => sealed.seconds) },
      { ...base, metric: "processor time, bare stream", unit: "s", ...all(({ bare }) => bare.seconds) },
    ];
  });
}

/** Values of the vectors whose bytes are counted. */
const MEDIUM = 1_024_000;
const STEPS = 6;

/** What two peers send a round, with each compressor, after the first. */
export async function bytesByCompressor(): Promise<NetworkFigure[]> {
  const figures: NetworkFigure[] = [];
  for (const { name: compression } of compressors) {
    const rounds = await withPeers(2, async (peers, members) => {
      await joinAll(peers, members, () => ({ vector: { length: MEDIUM, value: 1 }, averaging: { compression } }));
      const sent: number[] = [];
      for (let step = 0; step < STEPS; step++) {
        await Promise.all(peers.map((peer) => peer.ask("advance", { seed: step })));
        await Promise.all(peers.map((peer) => peer.ask("mix", { step, steps: STEPS })));
        const now = await Promise.all(peers.map((peer) => peer.ask("sent", {})));
        sent.push(mean(now.map(({ weights }) => weights)));
      }
      return sent.slice(1).map((total, i) => total - sent[i]);
    });
    figures.push({
      ...{ case: `${MEDIUM.toLocaleString("en")} values`, metric: compression, unit: "MB a peer and round" },
      ...middleOf(rounds.map((bytes) => bytes / 1e6)),
    });
  }
  return figures;
}

/** Values of the vectors that come to their mean. */
export const MEAN_VALUES = 102_400;

/** Seconds after everybody knows everybody, in which what joining has begun comes to its end. */
export const MEAN_REST = 5;

/** Part of the values' first range within which all are to be of the mean. */
const TOLERANCE = 1e-3;

/** From the first step until everybody's value is the mean: peer number i begins with i. */
export async function timeToMean(counts: readonly number[]): Promise<NetworkFigure[]> {
  const figures: NetworkFigure[] = [];
  for (const count of counts) {
    for (const topology of [DEFAULT_AVERAGING.topology, "one-peer-exponential", "base-k-plus-1", "complete"]) {
      figures.push(...await withPeers(count, (peers, members) => meanOf(peers, members, topology)));
    }
  }
  return figures;
}

async function meanOf(
  peers: readonly NetworkPeer[],
  members: readonly string[],
  topology: string,
): Promise<NetworkFigure[]> {
  const vector = (value: number) => ({ length: MEAN_VALUES, value });
  await joinAll(peers, members, (index) => ({ vector: vector(index), averaging: { topology } }));
  await sleep(1000 * MEAN_REST);
  const mean = (peers.length - 1) / 2;
  const began = performance.now();
  for (let step = 0; step < 60; step++) {
    await Promise.all(peers.map((peer) => peer.ask("mix", { step, steps: 60 })));
    const values = await Promise.all(peers.map((peer) => peer.ask("first", {})));
    const far = Math.max(...values.map(({ value }) => Math.abs(value - mean))) / (peers.length - 1);
    if (far > TOLERANCE) continue;
    const base = { case: `${peers.length} processes, ${topology}` };
    return [
      { ...base, metric: "time to the mean", value: (performance.now() - began) / 1000, unit: "s" },
      { ...base, metric: "rounds to the mean", value: step + 1, unit: "" },
    ];
  }
  throw new Error(`${peers.length} processes have not come to the mean with ${topology}`);
}

/** From the start of all, at once, until everybody is connected to everybody. */
export function joinTime(count: number): Promise<NetworkFigure[]> {
  return withPeers(count, async (peers, members) => {
    const [port] = freePorts(1);
    const began = performance.now();
    await Promise.all(peers.map(async (peer, i) => {
      await peer.start(members, { listen: `/ip4/127.0.0.1/tcp/${i === 0 ? port : 0}`, bootstrap: [bootstrap(port)] });
      await peer.ask("joined", { members: count - 1 });
    }));
    const value = (performance.now() - began) / 1000;
    const metric = "until everybody is connected to everybody";
    return [{ case: `${count} processes from one address at once`, metric, value, unit: "s", target: { most: 10 } }];
  });
}

const bootstrap = (port: number) => `/ip4/127.0.0.1/tcp/${port}`;
