/**
 * A site with the real mesh in a virtual world: it trains in rounds as a peer does, but what training gives is known, so
 * that it can be followed through all that is averaged.
 *
 * The vector has a place for what each site began with, one for what each has contributed since, and a block that all have alike:
 * every mean of such vectors has a sum of one in the first block and the same in the last, whoever was averaged with whom.
 */
import { sleep } from "../../../src/core/deadline.ts";
import type { CharterKeeper } from "../../../src/mesh/charter/keeper.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import { RENEWED } from "../../../src/mesh/averaging/one_way/steps.ts";
import type { MeshEvent } from "../../../src/mesh/events.ts";
import { Mesh } from "../../../src/mesh/mesh.ts";
import { SiteCharter } from "./_chartered.ts";
import { MemoryFiles } from "./_files.ts";
import type { Machine } from "./_network.ts";
import { type MemoryNode, memoryNodes } from "./_node.ts";
import { SitePlanning } from "./_planning.ts";
import type { SiteOptions } from "./_site_options.ts";
import { Process } from "./_virtual_world.ts";

/** Values at the end of a vector that all sites have alike, and what they are: they make most of its norm. */
export const COMMON = { count: 16, value: 32 };

/** Milliseconds after which a process that could not start is started again. */
const RESTART = 2_000;

/** What a site contributes in a round: so much to its own place. */
const UPDATE = 1 / 64;

/** One life of a site's process. */
interface Life {
  process: Process;
  mesh: Mesh;
  node?: MemoryNode;
  /** Whether its state is there. */
  isReady: boolean;
  /** Whether it has trained from where it began or went on from: a peer is in no secure sum before. */
  hasTrained: boolean;
  ended: Promise<void>;
}

/** One site. */
export class Site {
  readonly machine: Machine;
  readonly files = new MemoryFiles();
  readonly identity: Identity;
  /** Its charter, if there is one. */
  readonly charter: SiteCharter | undefined;
  /** Those with whom it has averaged although its charter did not name them. */
  readonly strangers: string[] = [];
  /** What it had at the end of its latest round. */
  checkpoint: { vector: Float32Array<ArrayBuffer>; round: number; contributed: number; weight?: number };
  /** Its plan with the others. */
  readonly planning: SitePlanning;
  /** The round of the latest features that this life has released. */
  released = 0;
  /** What its rounds have contributed, as far as its state holds them. */
  contributed = 0;
  /** What all of its rounds have contributed, those that a kill has undone among them. */
  everContributed = 0;
  /** Exchanges that did not come to their end. */
  brokenExchanges = 0;
  /** How often it took up its mass again, over one-way links. */
  renewals = 0;
  /** The longest step, in milliseconds of the world, but for those in which its process was stopped. */
  longestStep = 0;
  steps = 0;
  /** Whether its weights are to be far from all others' from the next round on, as from an old copy of its disk. */
  goesAstray = false;
  /** Whether it trains no more, and only averages. */
  isCalm = false;
  /** Whether it does no further round. */
  isEnding = false;
  /** Whether it has done its last round. */
  hasEnded = false;
  /** What went wrong in it that must not. */
  failure: unknown;
  readonly #number: number;
  readonly #options: SiteOptions;
  #life: Life | undefined;
  /** A process that reads its charter. */
  #opening: Process | undefined;
  /** Whom the charter does not name, as it has told. */
  readonly #unnamed = new Set<string>();
  #lives = 0;
  #isStopping = false;

  constructor(number: number, options: SiteOptions) {
    this.#number = number;
    this.#options = options;
    this.identity = options.identities[number];
    this.machine = options.network.machine(`site ${number}`);
    this.machine.isHidden = options.relaying?.isHidden;
    this.planning = new SitePlanning(options.statement, this.files);
    const { charter } = options;
    this.charter = charter && new SiteCharter(charter.chain, { files: this.files, first: charter.first });
    const { length } = options.identities;
    const vector = new Float32Array(2 * length + COMMON.count).fill(COMMON.value, 2 * length);
    vector[number] = 1;
    this.checkpoint = { vector, round: 0, contributed: 0 };
  }

  get mass(): number {
    return this.#options.mass;
  }

  /** Whether a process of it is there: it holds its key, and a second one is not started. */
  get isAlive(): boolean {
    return this.isRunning || this.#isStopping;
  }

  /** Whether there is one that does not end. */
  get isRunning(): boolean {
    return this.#life !== undefined || this.#opening !== undefined;
  }

  get mesh(): Mesh {
    if (!this.#life) throw new Error("the site is not there");
    return this.#life.mesh;
  }

  get process(): Process | undefined {
    return this.#life?.process;
  }

  /** The vector of now. */
  get vector(): Float32Array {
    return this.#life?.mesh.averaging.state?.snapshot().vector ?? this.checkpoint.vector;
  }

  /** What its vector counts for among all: over one-way links what it holds of all masses, else its mass. */
  get weight(): number {
    return this.#life?.mesh.averaging.state?.weight ?? this.checkpoint.weight ?? this.mass;
  }

  /** Begins a life, which calls `bootstrap`. */
  start(bootstrap: readonly string[]): void {
    const { world, rng, clockError } = this.#options;
    const name = `site ${this.#number}, life ${++this.#lives}`;
    const process = new Process(name, { rng: rng.fork(name), clockError });
    const { charter } = this;
    if (!charter) return this.#begin(process, bootstrap);
    this.#opening = process;
    world.in(process, async () => {
      const keeper = await charter.open().catch(() => undefined);
      if (!keeper) await sleep(RESTART);
      if (this.#opening !== process) return;
      this.#opening = undefined;
      if (!keeper) return this.start(bootstrap);
      this.#begin(process, bootstrap, keeper);
      this.#options.amended?.();
    });
  }

  #begin(process: Process, bootstrap: readonly string[], charter?: CharterKeeper): void {
    const { world, network, rng, tamper, identities, relaying, mesh: options } = this.#options;
    const peers = identities.map(({ peerId }) => peerId);
    const members = charter?.chain.newest.members.map(({ peer }) => peer) ?? peers;
    for (const peer of peers) members.includes(peer) ? this.#unnamed.delete(peer) : this.#unnamed.add(peer);
    let node: MemoryNode | undefined;
    this.released = 0; // nobody can be given what an earlier life has released
    world.in(process, () => {
      const mesh = new Mesh({
        identity: this.identity,
        members,
        charter,
        consortium: "seeded",
        settings: { method: "mean" },
        stateDirectory: "state",
        files: this.files,
        buildNode: memoryNodes(
          { machine: this.machine, network, process, tamper, relayLimits: relaying?.limits },
          (made) => node = made,
        ),
        listen: [],
        bootstrap,
        mdns: false,
        dht: false,
        relay: relaying !== undefined,
        seed: rng.int(1_000_000),
        plan: this.planning.begin(),
        logger: (line) => this.#options.tell(line),
        ...options,
      });
      const life: Life = { process, mesh, isReady: false, hasTrained: false, ended: Promise.resolve() };
      const events = mesh.events.subscribe();
      void (async () => {
        for await (const event of events) {
          this.#note(event);
        }
      })();
      this.#life = life;
      life.ended = this.#live(life, bootstrap).catch((error) => {
        if (this.#life === life) this.failure = error;
      });
      Object.defineProperty(life, "node", { get: () => node });
    });
  }

  /** Whether its latest life takes part. */
  get isReady(): boolean {
    return this.#life?.isReady ?? false;
  }

  /** Whether `other` is admitted here. */
  sees(other: Site): boolean {
    return this.mesh.members().some(({ peer, admitted }) => peer === other.identity.peerId && admitted);
  }

  /** Whether what is known here of `other` is not of before it trained last. */
  hasLatestOf(other: Site): boolean {
    const { peerId } = other.identity;
    const round = this.mesh.heads().get(peerId)?.round ?? -1;
    const features = this.mesh.features.remote().find(({ peer }) => peer === peerId)?.round ?? 0;
    return round >= other.checkpoint.round - 1 && features >= other.released;
  }

  /** Whether there is a connection to `other`. */
  isConnectedTo(other: Site): boolean {
    const { peerId } = other.identity;
    return this.#life?.node?.getConnections().some(({ remotePeer }) => remotePeer.toString() === peerId) ?? false;
  }

  /** All its connections are reset. */
  reset(): void {
    const life = this.#life;
    if (!life) return;
    this.#options.world.in(life.process, () => {
      for (const connection of life.node?.getConnections() ?? []) connection.abort(new Error("reset"));
    });
  }

  /** Its process is gone from one moment to the next; or its machine. */
  kill({ machine = false }: { machine?: boolean } = {}): void {
    if (this.#opening) this.#opening.isAlive = false;
    this.#opening = undefined;
    const life = this.#life;
    if (!life) return;
    life.process.isAlive = false;
    this.contributed = this.checkpoint.contributed;
    life.node?.killed(machine);
    this.#life = undefined;
  }

  /** Its process is gone, and all of its charter is as it was once. */
  losesCharter(version: number): void {
    this.kill();
    this.charter?.goBack(version);
    this.#options.amended?.();
  }

  /** Ends it in order; resolves when all of it has ended. */
  async stop(): Promise<void> {
    const life = this.#life;
    if (!life) return this.kill();
    const { vector, weight } = life.mesh.averaging.state?.snapshot() ?? this.checkpoint;
    this.checkpoint = { ...this.checkpoint, vector, weight, contributed: this.contributed };
    this.#life = undefined;
    this.#isStopping = true;
    await this.#options.world.in(life.process, () => life.mesh.stop());
    await life.ended.catch(() => {});
    life.process.isAlive = false;
    this.#isStopping = false;
  }

  async #live(life: Life, bootstrap: readonly string[]): Promise<void> {
    const { mass, rng, roundTime, world } = this.#options;
    const { mesh, process } = life;
    // who keeps a service alive starts it again
    if (!await mesh.start().then(() => true, () => false)) return this.#startAgain(life, bootstrap);
    const { vector, round: done, weight } = this.checkpoint;
    mesh.averaging.initialise(vector, { layout: "seeded", mass, round: done, weight });
    await mesh.announceHead({ round: done });
    life.isReady = true;
    const isThere = () => process.isAlive && this.#life === life && !this.isEnding;
    for (let round = done + 1; isThere(); round++) {
      await sleep(roundTime * rng.uniform(0.8, 1.2));
      if (!isThere()) break;
      if (this.goesAstray) this.#goOn(life, halved(this.vector), round);
      if (this.goesAstray) this.#options.tell("its weights are astray");
      this.goesAstray = false;
      const back = await mesh.comeBack();
      if (back) this.#goOn(life, back.vector, round);
      if (!this.isCalm || (this.#options.mesh.averaging?.secure && !life.hasTrained)) {
        life.hasTrained = true;
        const update = new Float32Array(vector.length);
        update[this.#options.identities.length + this.#number] = UPDATE;
        mesh.averaging.contribute(update, round);
        this.contributed += UPDATE;
        this.everContributed += UPDATE;
        if (round % 4 === 1) {
          await mesh.features.release({
            round,
            features: Float32Array.of(Math.cos(round), Math.sin(round)),
            partitions: Int32Array.of(0),
          });
          this.released = round;
        }
      }
      const began = world.time - process.stopped;
      try {
        await mesh.averaging.step({ step: round - 1, steps: 1_000 });
      } finally {
        if (process.isAlive) this.longestStep = Math.max(this.longestStep, world.time - process.stopped - began);
      }
      if (this.#life !== life) return;
      this.steps++;
      const now = mesh.averaging.snapshot();
      this.checkpoint = { vector: now.vector, weight: now.weight, round, contributed: this.contributed };
      await mesh.announceHead({ round });
    }
    this.hasEnded = this.#life === life;
  }

  /** Goes on from other weights than its own. */
  #goOn(life: Life, vector: Float32Array, round: number): void {
    const { mesh } = life;
    life.hasTrained = false;
    const { layout, mass, weight } = mesh.averaging.state!;
    mesh.averaging.initialise(vector, { layout, mass, round, weight });
  }

  async #startAgain(life: Life, bootstrap: readonly string[]): Promise<void> {
    await sleep(RESTART);
    if (this.#life === life) this.start(bootstrap);
  }

  #note(event: MeshEvent): void {
    if (event.type === "charter") {
      for (const peer of event.removed) this.#unnamed.add(peer);
      // what was sealed with the key of before is withdrawn
      if (event.removed.length > 0) this.released = 0;
      for (const peer of event.added) this.#unnamed.delete(peer);
      this.#options.amended?.();
    }
    if (event.type === "warning" && event.peer) this.planning.warned(event.message, event.peer);
    if (event.type === "exchange" && this.#unnamed.has(event.peer)) this.strangers.push(event.peer);
    if (event.type === "exchange-failed") this.brokenExchanges++;
    if (event.type === "warning" && event.message === RENEWED) this.renewals++;
    const { type, ...rest } = event;
    this.#options.tell(`${type} ${JSON.stringify(rest)}`);
  }
}

/** Half of what all have alike, and the rest as it is. */
function halved(vector: Float32Array): Float32Array {
  return vector.map((value, i) => i < vector.length - COMMON.count ? value : value / 2);
}
