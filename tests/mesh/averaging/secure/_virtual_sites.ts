/** Sites that make sums with the real mesh in a virtual world, each step of which a test begins. */
import { Rng } from "../../../../src/core/rng.ts";
import type { AveragingSettings } from "../../../../src/mesh/averaging/settings.ts";
import type { StepOptions, StepResult } from "../../../../src/mesh/averaging/steps.ts";
import type { MeshEvent } from "../../../../src/mesh/events.ts";
import { Mesh } from "../../../../src/mesh/mesh.ts";
import { seededIdentity } from "../../seeded/_identities.ts";
import { type Machine, Network } from "../../seeded/_network.ts";
import { type MemoryNode, memoryNodes } from "../../seeded/_node.ts";
import type { Tamper } from "../../seeded/_stream.ts";
import { Process, VirtualWorld } from "../../seeded/_virtual_world.ts";

/** In the order in which they collect. */
const identities = (await Promise.all([0, 1, 2, 3, 4].map(seededIdentity)))
  .sort((a, b) => a.peerId < b.peerId ? -1 : 1);

const AVERAGING: AveragingSettings = { topology: "complete", secure: true };

/** How long a site waits for others in all of these tests, in milliseconds: none should take so long. */
export const PATIENCE = 60_000;

/** One site; its number is the step in which it is its turn to collect. */
export interface VirtualSite {
  readonly peerId: string;
  readonly mass: number;
  readonly machine: Machine;
  readonly process: Process;
  readonly mesh: Mesh;
  readonly events: MeshEvent[];
  node?: MemoryNode;
}

/** Options of {@linkcode VirtualSites}. */
export interface VirtualSitesOptions {
  /** Of each vector, of which there is one for each site at least, and the others are 0. @default one for each site */
  values?: number;
  /** What changes or drops what a site sends. @default nothing does */
  tamper?: (site: number) => Tamper | undefined;
  /** Longest wait for one answer, in milliseconds. @default 10000 */
  stepTimeout?: number;
  /** What is believed of what the others send. @default "all" */
  believe?: "likely" | "all";
}

/** A world with some sites. */
export class VirtualSites implements AsyncDisposable {
  readonly world: VirtualWorld;
  readonly network: Network;
  readonly sites: VirtualSite[] = [];
  readonly #rng: Rng;
  readonly #left: Disposable;

  readonly #values: number;

  constructor(count: number, options: VirtualSitesOptions = {}) {
    const { values = count, tamper = () => undefined, stepTimeout = 10_000, believe = "all" } = options;
    this.#values = values;
    this.world = new VirtualWorld(1);
    this.#left = this.world.enter();
    this.#rng = new Rng(1).fork("sites");
    this.network = new Network(this.world, this.#rng.fork("network"));
    const members = identities.slice(0, count);
    for (const [k, identity] of members.entries()) {
      const machine = this.network.machine(`site ${k}`);
      const process = new Process(machine.name, { rng: this.#rng.fork(machine.name) });
      const events: MeshEvent[] = [];
      this.world.in(process, () => {
        const made = (node: MemoryNode) => void (site.node = node);
        const mesh = new Mesh({
          identity,
          members: members.map(({ peerId }) => peerId),
          ...{ consortium: "sums", settings: {}, stateDirectory: "state", files: noFiles, seed: k },
          buildNode: memoryNodes({ machine, network: this.network, process, tamper: tamper(k) }, made),
          bootstrap: [...this.network.machines.values()].slice(0, k).map(({ address }, i) =>
            `/ip4/${address}/tcp/4001/p2p/${members[i].peerId}`
          ),
          ...{ listen: [], mdns: false, dht: false, relay: false, believe, averaging: AVERAGING },
          ...{ patience: PATIENCE, stepTimeout },
        });
        const subscribed = mesh.events.subscribe();
        void (async () => {
          for await (const event of subscribed) events.push(event);
        })();
        const site: VirtualSite = {
          peerId: identity.peerId,
          mass: k + 1,
          machine,
          process,
          mesh,
          events,
        };
        this.sites.push(site);
      });
    }
  }

  /** Lets those of `numbers` come, each with a vector that is 1 in its own place. */
  async start(...numbers: number[]): Promise<void> {
    for (const k of numbers) {
      await this.do(k, async ({ mesh }) => {
        await mesh.start();
        this.initialise(k);
      });
    }
    const running = this.sites.filter(({ node }) => node);
    const isThere = ({ mesh }: VirtualSite) =>
      mesh.members().filter(({ admitted }) => admitted).length === running.length - 1;
    await this.world.run(() => running.every(isThere), { longest: 120_000 });
  }

  /** Begins with its vector in the training `layout`. */
  initialise(k: number, layout = "l"): void {
    const { mesh, mass } = this.sites[k];
    const vector = new Float32Array(this.#values);
    vector[k] = 1;
    mesh.averaging.initialise(vector, { layout, mass, round: 1 });
  }

  /** Does `work` in the site's process and waits for it. */
  async do<T>(k: number, work: (site: VirtualSite) => Promise<T>): Promise<T> {
    return await this.done(this.begin(k, work));
  }

  /** Begins `work` in the site's process. */
  begin<T>(k: number, work: (site: VirtualSite) => Promise<T>): Promise<T> {
    const site = this.sites[k];
    return this.world.in(site.process, () => work(site));
  }

  /** Site `k` comes to `step`. */
  step(k: number, step: number, options: Pick<StepOptions, "hasPassed" | "end"> = {}): Promise<StepResult> {
    return this.begin(k, ({ mesh }) => mesh.averaging.step({ ...options, step, steps: 100 }));
  }

  /** Lets happen what is to happen until `promise` is settled. */
  async done<T>(promise: Promise<T>, longest = 600_000): Promise<T> {
    let isOver = false;
    promise.finally(() => isOver = true).catch(() => {});
    await this.world.run(() => isOver, { longest });
    return await promise;
  }

  /** Lets so many milliseconds pass. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.world.time + milliseconds;
    this.world.at(until, () => {});
    await this.world.run(() => this.world.time >= until, { longest: 2 * milliseconds + 1 });
  }

  /** The mean of those of `numbers`, by mass. */
  mean(...numbers: number[]): number[] {
    const total = numbers.reduce((sum, k) => sum + this.sites[k].mass, 0);
    return this.sites.map(({ mass }, k) => numbers.includes(k) ? mass / total : 0);
  }

  /** What the site holds of each site's beginning. */
  vector(k: number): number[] {
    return [...this.sites[k].mesh.averaging.snapshot().vector.subarray(0, this.sites.length)];
  }

  /** Its process is gone from one moment to the next; with `machine`, no packet tells the others. */
  kill(k: number, { machine = false }: { machine?: boolean } = {}): void {
    const { process, node } = this.sites[k];
    process.isAlive = false;
    node?.killed(machine);
  }

  /** Ids of `numbers`, in order. */
  ids(...numbers: number[]): string[] {
    return numbers.map((k) => this.sites[k].peerId).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.done(Promise.all(
        this.sites.filter(({ node, process }) => node && process.isAlive).map(({ mesh, process }) =>
          this.world.in(process, () => mesh.stop())
        ),
      ));
    } finally {
      this.#left[Symbol.dispose]();
    }
  }
}

const noFiles = {
  read: () => Promise.resolve(undefined),
  write: () => Promise.resolve(),
  rename: () => Promise.resolve(),
};
