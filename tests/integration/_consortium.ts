/** A consortium of real peer processes on phantoms, small enough for a test. */
import { cp } from "node:fs/promises";
import { join } from "@std/path";
import { writeConsortium, type WrittenSite } from "../../src/cli/consortium.ts";
import { type LaunchedPeer, launchPeer } from "../../src/cli/launch.ts";
import { openDataset } from "../../src/data/datasets/registry.ts";
import { writePhantomCohort } from "../../src/data/phantom/cohort.ts";
import { splitSubjects } from "../../src/data/splits.ts";
import type { PeerEvent } from "../../src/peer/events.ts";

/** Settings with which a round takes a second or so. */
const SMALL = {
  engine: { name: "wasm", threads: 1 },
  network: { baseFilters: 4, levels: 3, patch: [16, 16, 16], pool: [[2, 2, 2], [2, 2, 2]] },
  schedule: { rounds: 3, stepsPerRound: 2, exchanges: 1 },
  pretrain: { volumes: 2 },
  fineTune: { steps: 2 },
};

/** Where the phantoms of so many sites lie: they are drawn once for all tests of a file, which takes seconds. */
const cohorts = new Map<number, string>();

globalThis.addEventListener("unload", () => {
  for (const directory of cohorts.values()) Deno.removeSync(directory, { recursive: true });
});

/** Phantoms of `sites` sites in `directory`, which must not be there yet. */
async function givePhantoms(directory: string, sites: number): Promise<void> {
  let cohort = cohorts.get(sites);
  if (cohort === undefined) {
    cohort = await Deno.makeTempDir({ prefix: "syncytium-phantoms-" });
    await writePhantomCohort(cohort, { seed: 1, sites, casesPerSite: 6 });
    cohorts.set(sites, cohort);
  }
  await cp(cohort, directory, { recursive: true });
}

/** Sets up `count` sites in `directory`; `shared` replaces parts of the small settings. */
export async function makeConsortium(directory: string, count: number, shared: object = {}): Promise<WrittenSite[]> {
  const data = join(directory, "phantoms");
  await givePhantoms(data, count);
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

/** A launched peer whose events can be waited for. */
export class WatchedPeer {
  readonly events: PeerEvent[] = [];
  readonly #peer: LaunchedPeer;
  readonly #reading: Promise<void>;
  #wake = Promise.withResolvers<void>();
  #ended = false;

  constructor(site: WrittenSite) {
    this.#peer = launchPeer(site);
    this.#reading = this.#read();
  }

  /** Resolves with the first event that fits, past or to come. */
  async event<T extends PeerEvent["type"]>(
    type: T,
    fits: (event: Extract<PeerEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<PeerEvent, { type: T }>> {
    for (let seen = 0;;) {
      for (; seen < this.events.length; seen++) {
        const event = this.events[seen];
        if (event.type === type && fits(event as Extract<PeerEvent, { type: T }>)) {
          return event as Extract<PeerEvent, { type: T }>;
        }
      }
      if (this.#ended) throw new Error(`${this.#peer.name} ended without "${type}": ${await this.log()}`);
      await this.#wake.promise;
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

/** Runs `test` with a folder of its own, removed afterwards. */
export async function withDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-" });
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
