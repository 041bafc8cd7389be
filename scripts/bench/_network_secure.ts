/**
 * What sums that show nobody's weights cost against plain exchanges, for `bench network`.
 *
 * @module
 */
import { mean } from "../../src/core/statistics.ts";
import { middleOf } from "../../src/display/statistics.ts";
import type { NetworkFigure } from "./_network_figures.ts";
import { joinAll, type NetworkPeer, withPeers } from "./_network_peers.ts";

/** Values of a vector: 1 MB, about what the default network has. */
const VALUES = 256_000;

/** Steps, of which the first warms up. */
const STEPS = 4;

/** How long a peer waits for whoever comes late to a step, in milliseconds: all are to be in each. */
const PATIENCE = 120_000;

/** What a step took, at the mean a peer but for the seconds. */
interface Taken {
  /** Until all were done. */
  seconds: number;
  bytes: number;
  /** Processor time, in seconds. */
  consumed: number;
}

/**
 * A step over all, in plain exchanges and in sums, among `counts` processes: what each peer sends, how long it takes,
 * and, since all share the machine with whatever else runs on it, the processor time.
 *
 * @param begins hears what is measured now
 */
export async function securely(
  counts: readonly number[],
  begins: (name: string) => void = () => {},
): Promise<NetworkFigure[]> {
  const figures: NetworkFigure[] = [];
  for (const count of counts) {
    for (const secure of [false, true]) {
      const metric = secure ? "a step in secure sums" : "a step in exchanges";
      begins(`${metric} among ${count}`);
      const taken = (await withPeers(count, (peers, members) => takeSteps(peers, members, secure))).slice(1);
      const base = { case: `${count} processes, ${VALUES.toLocaleString("en")} values, complete`, metric };
      figures.push(
        { ...base, unit: "MB a peer", ...middleOf(taken.map(({ bytes }) => bytes / 1e6)) },
        { ...base, unit: "s", ...middleOf(taken.map(({ seconds }) => seconds)) },
        { ...base, unit: "s of a core a peer", ...middleOf(taken.map(({ consumed }) => consumed)) },
      );
    }
  }
  return figures;
}

async function takeSteps(peers: readonly NetworkPeer[], members: readonly string[], secure: boolean): Promise<Taken[]> {
  const averaging = { topology: "complete", secure };
  await joinAll(peers, members, () => ({ vector: { length: VALUES, value: 1 }, averaging, patience: PATIENCE }));
  const ask = async <K extends "sent" | "consumed">(what: K) =>
    await Promise.all(peers.map((peer) => peer.ask(what, {})));
  const standing = async () => ({
    bytes: mean((await ask("sent")).map(({ weights }) => weights)),
    consumed: mean((await ask("consumed")).map(({ seconds }) => seconds)),
  });
  const taken: Taken[] = [];
  for (let step = 0; step < STEPS; step++) {
    await Promise.all(peers.map((peer) => peer.ask("advance", { seed: step })));
    const before = await standing();
    const began = performance.now();
    const mixed = await Promise.all(peers.map((peer) => peer.ask("mix", { step, steps: STEPS })));
    const seconds = (performance.now() - began) / 1000;
    if (mixed.some(({ partners }) => partners < peers.length - 1)) {
      throw new Error("a step was without some of the peers");
    }
    const after = await standing();
    taken.push({ seconds, bytes: after.bytes - before.bytes, consumed: after.consumed - before.consumed });
  }
  return taken;
}
