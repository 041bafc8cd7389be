/** A consortium of real peer processes on phantoms, small enough for a test. */
import { join } from "@std/path";
import { writeConsortium, type WrittenSite } from "../../src/cli/consortium.ts";
import { type LaunchedPeer, type LaunchOptions, launchPeer } from "../../src/cli/launch.ts";
import { Deadline, raceAbort } from "../../src/core/deadline.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { splitSubjects } from "../../src/data/splits.ts";
import type { PeerEvent } from "../../src/peer/events.ts";
import { givePhantoms } from "../_phantoms.ts";

/** Settings with which a round takes a second or so. */
const SMALL = {
  engine: { name: "wasm", threads: 1 },
  network: { baseFilters: 4, levels: 3, patch: [16, 16, 16], pool: [[2, 2, 2], [2, 2, 2]] },
  schedule: { rounds: 3, stepsPerRound: 2, exchanges: 1 },
  pretrain: { volumes: 2 },
  fineTune: { steps: 2 },
};

/** Sets up `count` sites in `directory`; `shared` replaces parts of the small settings. */
export async function makeConsortium(directory: string, count: number, shared: object = {}): Promise<WrittenSite[]> {
  const data = join(directory, "phantoms");
  await givePhantoms(data, { sites: count, casesPerSite: 6 });
  const dataset = await openDataset(data);
  const splits = splitSubjects(dataset.cases, { peers: count, labelled: 1, seed: 1 });
  return await writeConsortium({
    directory: join(directory, "sites"),
    consortium: `test-${crypto.randomUUID()}`,
    seed: 1,
    sites: splits.map((split, i) => ({ name: `site-${i + 1}`, split })),
    shared: { ...SMALL, ...shared, data: { directory: data, spacing: [4, 4, 4] } },
  });
}

/** Adds to sections of a site's configuration. */
export async function changeConfiguration({ configuration: path }: WrittenSite, changes: Record<string, object>) {
  const configuration = JSON.parse(await Deno.readTextFile(path));
  for (const [name, part] of Object.entries(changes)) configuration[name] = { ...configuration[name], ...part };
  await Deno.writeTextFile(path, JSON.stringify(configuration));
}

/** Longest wait for an event, in milliseconds: long enough for any machine. */
const LONGEST = 600_000;

/** A site, and what its peer is to run before its own. */
export type LaunchedSite = WrittenSite & Pick<LaunchOptions, "preload">;

/** A launched peer whose events can be waited for. */
export class WatchedPeer {
  readonly events: PeerEvent[] = [];
  readonly #peer: LaunchedPeer;
  readonly #reading: Promise<void>;
  #wake = Promise.withResolvers<void>();
  #ended = false;

  /** `before` goes before deno, such as what enters a network namespace. */
  constructor(site: LaunchedSite, before?: readonly string[]) {
    this.#peer = launchPeer({ ...site, before });
    this.#reading = this.#read();
  }

  /** Resolves with the first event that fits, past or to come; fails when the peer ends, or after ten minutes. */
  async event<T extends PeerEvent["type"]>(
    type: T,
    fits: (event: Extract<PeerEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<PeerEvent, { type: T }>> {
    using limit = new Deadline(LONGEST, `waiting for "${type}" of ${this.#peer.name}`);
    for (let seen = 0;;) {
      for (; seen < this.events.length; seen++) {
        const event = this.events[seen];
        if (event.type === type && fits(event as Extract<PeerEvent, { type: T }>)) {
          return event as Extract<PeerEvent, { type: T }>;
        }
      }
      if (this.#ended) throw new Error(`${this.#peer.name} ended without "${type}": ${await this.log()}`);
      await raceAbort(this.#wake.promise, limit.signal);
    }
  }

  /** The exit code and everything the peer wrote to standard error. */
  async end(): Promise<{ code: number; log: string }> {
    await this.#reading;
    return { code: await this.#peer.status, log: await this.log() };
  }

  log(): Promise<string> {
    return Deno.readTextFile(this.#peer.log);
  }

  signal(signal: Deno.Signal): void {
    Deno.kill(this.#peer.pid, signal);
  }

  /** Ends it at once, unless it has ended; resolves when it is gone. */
  async kill(): Promise<void> {
    try {
      this.signal("SIGKILL");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await this.end();
  }

  async #read(): Promise<void> {
    for await (const event of this.#peer.events) {
      this.events.push(event);
      this.#notify();
    }
    this.#ended = true;
    this.#notify();
  }

  #notify(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

/**
 * Lets peers begin to train at the same time, however long each takes to start: who has started waits for the others.
 * `before`: what goes before deno, by site.
 */
export async function startTogether(
  sites: readonly LaunchedSite[],
  before: readonly (readonly string[])[] = [],
): Promise<WatchedPeer[]> {
  const peers = sites.map((site, i) => new WatchedPeer(site, before[i]));
  await Promise.all(peers.map(async (peer) => {
    await peer.event("started");
    peer.signal("SIGSTOP");
  }));
  for (const peer of peers) peer.signal("SIGCONT");
  return peers;
}

/** Runs `test` with a folder of its own, removed afterwards. */
export async function withDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  const remove = () => Deno.remove(directory, { recursive: true });
  try {
    await test(directory);
  } catch (error) {
    await remove().catch(() => {}); // what the test failed of may hold it
    throw error;
  }
  await remove();
}
