/** Whole meshes of real nodes in one process, over loopback. */
import { Deadline, raceAbort } from "../../src/core/deadline.ts";
import type { MeshEvent } from "../../src/mesh/events.ts";
import type { Identity } from "../../src/mesh/envelope/identity.ts";
import { Mesh } from "../../src/mesh/mesh.ts";
import type { MeshOptions } from "../../src/mesh/options.ts";

/** Meshes that are stopped, and folders that are removed, at the end of a test. */
export class Meshes implements AsyncDisposable {
  readonly #meshes: Mesh[] = [];
  readonly #folders: string[] = [];

  async start(identity: Identity, members: Identity[], options: Partial<MeshOptions> = {}) {
    const stateDirectory = await Deno.makeTempDir({ prefix: "syncytium-mesh-" });
    this.#folders.push(stateDirectory);
    const mesh = new Mesh({
      identity,
      members: members.map(({ peerId }) => peerId),
      consortium: "test",
      settings: {},
      stateDirectory,
      listen: ["/ip4/127.0.0.1/tcp/0"],
      mdns: false,
      believe: "all", // vectors and masses are what tests want
      ...options,
    });
    this.#meshes.push(mesh);
    const log = new EventLog(mesh);
    await mesh.start();
    return { mesh, log };
  }

  /** One mesh for each identity, all of them members, every one connected to every other. */
  async all(identities: Identity[], options: Partial<MeshOptions> = {}) {
    const started: Awaited<ReturnType<Meshes["start"]>>[] = [];
    const bootstrap: string[] = [];
    for (const identity of identities) {
      const one = await this.start(identity, identities, { ...options, bootstrap: [...bootstrap] });
      bootstrap.push(...one.mesh.addresses());
      started.push(one);
    }
    for (const { mesh, log } of started) {
      for (const { peerId } of identities) if (peerId !== mesh.peerId) await log.wait("peer-joined", peerId);
    }
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#meshes.map((mesh) => mesh.stop()));
    for (const folder of this.#folders) await Deno.remove(folder, { recursive: true });
  }
}

/** Everything that a mesh has told so far, and waits for what comes. */
export class EventLog {
  readonly seen: MeshEvent[] = [];
  #wake = Promise.withResolvers<void>();

  constructor(mesh: Mesh) {
    const events = mesh.events.subscribe();
    (async () => {
      for await (const event of events) {
        this.seen.push(event);
        this.#wake.resolve();
        this.#wake = Promise.withResolvers();
      }
    })();
  }

  /** Resolves with the next event. */
  async next(): Promise<void> {
    using limit = new Deadline(120_000, "waiting for any event");
    await raceAbort(this.#wake.promise, limit.signal);
  }

  /** The first such event after the first `seen` ones. */
  async after<T extends MeshEvent["type"]>(seen: number, type: T): Promise<Extract<MeshEvent, { type: T }>> {
    while (true) {
      const found = this.seen.slice(seen).find((event) => event.type === type);
      if (found) return found as Extract<MeshEvent, { type: T }>;
      await this.next();
    }
  }

  /** The first warning, past or to come, that says `text`. */
  async warning(text: string): Promise<Extract<MeshEvent, { type: "warning" }>> {
    while (true) {
      const found = this.seen.find((event) => event.type === "warning" && event.message.includes(text));
      if (found?.type === "warning") return found;
      await this.next();
    }
  }

  /** The first such event, past or to come; fails after half a minute. */
  async wait<T extends MeshEvent["type"]>(
    type: T,
    peer?: string,
    round?: number,
  ): Promise<Extract<MeshEvent, { type: T }>> {
    using limit = new Deadline(120_000, `waiting for ${type}`);
    while (true) {
      const found = this.seen.find((event) =>
        event.type === type && (!peer || ("peer" in event && event.peer === peer)) &&
        (round === undefined || ("round" in event && event.round === round))
      );
      if (found) return found as Extract<MeshEvent, { type: T }>;
      await raceAbort(this.#wake.promise, limit.signal);
    }
  }
}

/** Resolves once both sides of every exchange that was begun have applied it. */
export async function settled(logs: readonly EventLog[]): Promise<void> {
  const told = (initiator: boolean) =>
    logs.reduce((sum, { seen }) => {
      return sum + seen.filter((event) => event.type === "exchange" && event.initiator === initiator).length;
    }, 0);
  while (told(true) !== told(false)) await Promise.race(logs.map((log) => log.next()));
}
