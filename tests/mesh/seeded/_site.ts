/** A site with the real mesh in a virtual world: its machine, its disk, and the lives of its process. */
import { sleep } from "../../../src/core/deadline.ts";
import type { CharterKeeper } from "../../../src/mesh/charter/keeper.ts";
import type { Identity } from "../../../src/mesh/envelope/identity.ts";
import type { MeshEvent } from "../../../src/mesh/events.ts";
import { Mesh } from "../../../src/mesh/mesh.ts";
import { SiteAudit } from "./_audit.ts";
import { SiteCharter } from "./_chartered.ts";
import { MemoryFiles } from "./_files.ts";
import type { Life } from "./_life.ts";
import type { Machine } from "./_network.ts";
import { type MemoryNode, memoryNodes } from "./_node.ts";
import { SiteNotes } from "./_notes.ts";
import { SitePlanning } from "./_planning.ts";
import type { SiteOptions } from "./_site_options.ts";
import { Training } from "./_training.ts";
import { Process } from "./_virtual_world.ts";

/** Milliseconds after which a process that could not start is started again. */
const RESTART = 2_000;

/** One site. */
export class Site {
  readonly machine: Machine;
  readonly files = new MemoryFiles();
  readonly audit = new SiteAudit(this.files);
  readonly identity: Identity;
  /** Its charter, if there is one. */
  readonly charter: SiteCharter | undefined;
  /** Its plan with the others. */
  readonly planning: SitePlanning;
  readonly training: Training;
  readonly notes = new SiteNotes();
  /** What went wrong in it that must not. */
  failure: unknown;
  readonly #options: SiteOptions;
  #life: Life | undefined;
  /** A process that reads its charter. */
  #opening: Process | undefined;
  #lives = 0;
  #isStopping = false;

  /** @param number its place among all */
  constructor(readonly number: number, options: SiteOptions) {
    this.#options = options;
    this.identity = options.identities[number];
    this.machine = options.network.machine(`site ${number}`);
    this.machine.isHidden = options.relaying?.isHidden;
    this.planning = new SitePlanning(options.statement, this.files);
    this.training = new Training(number, { ...options, audit: this.audit });
    const { charter } = options;
    this.charter = charter && new SiteCharter(charter.chain, { files: this.files, first: charter.first });
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

  get node(): MemoryNode | undefined {
    return this.#life?.node;
  }

  /** The vector of now. */
  get vector(): Float32Array {
    return this.#life?.mesh.averaging.state?.snapshot().vector ?? this.training.checkpoint.vector;
  }

  /** What its vector counts for among all: over one-way links what it holds of all masses, else its mass. */
  get weight(): number {
    return this.#life?.mesh.averaging.state?.weight ?? this.training.checkpoint.weight ?? this.mass;
  }

  /** Begins a life, which calls `bootstrap`. */
  start(bootstrap: readonly string[]): void {
    const { world, rng, clockError } = this.#options;
    const name = `site ${this.number}, life ${++this.#lives}`;
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
    this.notes.begin(peers, members);
    let node: MemoryNode | undefined;
    this.training.released = 0; // nobody can be given what an earlier life has released
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
        audit: (record) => this.audit.append(record),
        auditLog: {
          anchored: () => this.audit.anchored,
          told: (peer, head) => this.audit.told(peer, head),
        },
        logger: (line) => this.#options.tell(line),
        ...options,
      });
      const isLatest = () => this.#life === life;
      const life: Life = {
        ...{ process, mesh, isReady: false, ended: Promise.resolve() },
        get isLatest() {
          return isLatest();
        },
        get node() {
          return node;
        },
      };
      const events = mesh.events.subscribe();
      void (async () => {
        for await (const event of events) this.#note(event);
      })();
      this.#life = life;
      life.ended = this.#live(life, bootstrap).catch((error) => {
        if (life.isLatest) this.failure = error;
      });
    });
  }

  async #live(life: Life, bootstrap: readonly string[]): Promise<void> {
    const isStarted = await life.mesh.start().then(() => true, () => false);
    if (isStarted) return await this.training.run(life);
    // who keeps a service alive starts it again
    await sleep(RESTART);
    if (life.isLatest) this.start(bootstrap);
  }

  #note(event: MeshEvent): void {
    this.notes.note(event);
    if (event.type === "charter") {
      // what was sealed with the key of before is withdrawn
      if (event.removed.length > 0) this.training.released = 0;
      this.#options.amended?.();
    }
    if (event.type === "warning" && event.peer) this.planning.warned(event.message, event.peer);
    // over one-way links only whoever asks gives
    if (event.type === "exchange" && (event.initiator || !this.#isOneWay)) this.audit.gave(event.peer);
    const { type, ...rest } = event;
    this.#options.tell(`${type} ${JSON.stringify(rest)}`);
  }

  get #isOneWay(): boolean {
    return this.#options.mesh.averaging?.topology === "one-peer-exponential";
  }

  /** Whether its latest life takes part. */
  get isReady(): boolean {
    return this.#life?.isReady ?? false;
  }

  /** Whether `other` is admitted here. */
  sees(other: Site): boolean {
    return this.mesh.members().some(({ peer, admitted }) => peer === other.identity.peerId && admitted);
  }

  /** What its latest life holds against `peer`. */
  offencesOf(peer: string): number {
    return this.#life?.mesh.members().find((member) => member.peer === peer)?.conduct?.offences ?? 0;
  }

  /** Whether what is known here of `other` is not of before it trained last. */
  hasLatestOf({ identity: { peerId }, training: { checkpoint, released } }: Site): boolean {
    const round = this.mesh.heads().get(peerId)?.round ?? -1;
    const features = this.mesh.features.remote().find(({ peer }) => peer === peerId)?.round ?? 0;
    return round >= checkpoint.round - 1 && features >= released;
  }

  /** Whether there is a connection with `other`, but for those that are called as a relay is, who need not belong. */
  isConnectedTo(other: Site): boolean {
    const { peerId } = other.identity;
    const connections = this.node?.getConnections().filter(({ remotePeer }) => remotePeer.toString() === peerId) ?? [];
    return connections.some(({ direction }) => direction === "inbound" || !this.#options.relaying);
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
    this.training.killed();
    if (machine) this.audit.cut();
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
    this.training.kept(life);
    this.#life = undefined;
    this.#isStopping = true;
    await this.#options.world.in(life.process, () => life.mesh.stop());
    await life.ended.catch(() => {});
    life.process.isAlive = false;
    this.#isStopping = false;
  }
}
