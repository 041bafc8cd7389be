/**
 * Real peers on phantoms that wait for a member that never comes: what one takes until it waits, and while it does.
 *
 * @module
 */
import { join } from "@std/path";
import { writeConsortium } from "../../src/cli/consortium.ts";
import { type LaunchedPeer, launchPeer } from "../../src/cli/launch.ts";
import { sleep } from "../../src/core/deadline.ts";
import { UserError } from "../../src/core/errors.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { writePhantomCohort } from "../../src/data/phantom/cohort.ts";
import { splitSubjects } from "../../src/data/splits.ts";
import type { PeerEvent } from "../../src/peer/events.ts";
import { type Consumption, consumptionOf } from "./_consumption.ts";

/** A state in which peers wait. */
export interface Waiting {
  name: string;
  /** Sites of the consortium, of which the last is never started. */
  sites: number;
  /** Whether those that are started have labels. */
  labels: boolean;
  /** Settings that bring it about. */
  settings: object;
  /** The last event before a peer waits. */
  last: (event: PeerEvent) => boolean;
}

/** So long nobody gives up waiting, in seconds. */
const PATIENCE = 3600;

/** All of them. */
export const WAITINGS: readonly Waiting[] = [
  {
    name: "plans with two others, waits for the fourth",
    sites: 4,
    labels: true,
    settings: { plan: { patience: PATIENCE } },
    last: ({ type }) => type === "member",
  },
  {
    name: "without labels, has pre-trained with one other, waits for one with labels",
    sites: 3,
    labels: false,
    settings: {
      data: { spacing: [4, 4, 4] },
      network: { baseFilters: 8, levels: 3, patch: [16, 16, 16], pool: [[2, 2, 2], [2, 2, 2]] },
      schedule: { rounds: 1, stepsPerRound: 2, exchanges: 1 },
      pretrain: { volumes: 2 },
      fineTune: { mode: "federated", rounds: 2, steps: 4, unlabelled: {} },
    },
    last: ({ type }) => type === "round",
  },
];

/** What one peer takes. */
export interface WaitingFigures {
  /** Until it waits. */
  before: Consumption;
  /** While it waits: the share of a core, and the largest resident memory that was seen, in bytes. */
  meanwhile: { share: number; residentBytes: number };
}

/** For how long a peer is let come to rest, and is then looked at, in seconds. */
export interface WaitingTimes {
  rest: number;
  look: number;
}

/** Starts the peers of a state, and measures the first one. @throws {UserError} with its log if it ends. */
export async function measureWaiting(waiting: Waiting, { rest, look }: WaitingTimes): Promise<WaitingFigures> {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-waiting-" });
  let peers: LaunchedPeer[] = [];
  try {
    peers = (await writeSites(waiting, directory)).slice(0, -1).map((site) => launchPeer(site));
    await Promise.all(peers.map((peer) => comeTo(waiting.last, peer)));
    const [{ pid }] = peers;
    const before = consumptionOf(pid);
    await sleep(1000 * rest);
    const seen = [consumptionOf(pid)];
    const began = performance.now();
    for (let second = 0; second < look; second++) {
      await sleep(1000);
      seen.push(consumptionOf(pid));
    }
    const seconds = (performance.now() - began) / 1000;
    const share = (seen.at(-1)!.seconds - seen[0].seconds) / seconds;
    return { before, meanwhile: { share, residentBytes: Math.max(...seen.map(({ residentBytes }) => residentBytes)) } };
  } finally {
    for (const peer of peers) peer.stop();
    await Promise.all(peers.map(({ status }) => status));
    await Deno.remove(directory, { recursive: true });
  }
}

async function writeSites({ sites: count, labels, settings }: Waiting, directory: string) {
  const data = join(directory, "phantoms");
  await writePhantomCohort(data, { seed: 1, sites: count, casesPerSite: 6 });
  const splits = splitSubjects((await openDataset(data)).cases, { peers: count, labelled: 1, seed: 1 });
  const given = { engine: { name: "wasm", threads: 1 }, data: {}, ...settings };
  const sites = await writeConsortium({
    directory: join(directory, "sites"),
    consortium: `waiting-${crypto.randomUUID()}`,
    seed: 1,
    sites: splits.map((split, i) => ({ name: `site-${i + 1}`, split: labels ? split : { ...split, labelled: [] } })),
    shared: { ...given, data: { ...given.data, directory: data } },
  });
  for (const { configuration } of sites) {
    const written = JSON.parse(await Deno.readTextFile(configuration));
    written.mesh.patience = 1000 * PATIENCE;
    await Deno.writeTextFile(configuration, JSON.stringify(written));
  }
  return sites;
}

/** Resolves at the event; the rest of the events are read, too, so that the peer is not held up. */
function comeTo(isLast: Waiting["last"], { name, log, events }: LaunchedPeer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const read = async () => {
    for await (const event of events) if (isLast(event)) resolve();
    reject(new UserError(`measuring a peer that waits: ${name} has ended`, { value: await Deno.readTextFile(log) }));
  };
  read().catch(reject);
  promise.catch(() => {}); // of those that end together, one is told of
  return promise;
}
