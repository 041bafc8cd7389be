/**
 * What a peer asks of a libp2p node, over a network in memory: connections between peer ids, streams on them that are
 * libp2p's own (`AbstractStream`), identify, ping, and publishing to the peers that are admitted. There is no encryption.
 */
import { type Connection, type PeerId, type StreamHandler, TypedEventEmitter } from "@libp2p/interface";
import { type Message, TopicValidatorResult } from "@libp2p/gossipsub";
import { peerIdFromString } from "@libp2p/peer-id";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { raceAbort } from "../../../src/core/deadline.ts";
import type { BuildNode, NodeOptions } from "../../../src/mesh/connections/node.ts";
import type { Node } from "../../../src/mesh/finding/node.ts";
import { peerOf } from "../../../src/mesh/finding/multiaddrs.ts";
import { isRelayed } from "../../../src/mesh/finding/multiaddrs.ts";
import type { CircuitLimits } from "./_circuit.ts";
import { MemoryConnection } from "./_connection.ts";
import type { Machine, Network } from "./_network.ts";
import { Relaying } from "./_relaying.ts";
import type { Tamper } from "./_stream.ts";
import type { Process } from "./_virtual_world.ts";

const PING = "/ipfs/ping/1.0.0";

/** The node of one process on one machine. */
export class MemoryNode extends TypedEventEmitter<Record<string, CustomEvent>> {
  readonly tamper: Tamper | undefined;
  readonly process: Process | undefined;
  readonly #options: NodeOptions;
  readonly #machine: Machine;
  readonly #network: Network;
  readonly #handlers = new Map<string, StreamHandler>();
  readonly #connections: Connection[] = [];
  /** Streams that others have opened and that are being served. */
  readonly #serving = new Set<{ protocol: string }>();
  readonly #topics = new Set<string>();
  /** Messages that have come, so that none goes round. */
  readonly #seen = new Set<string>();
  readonly peerId: PeerId;
  /** What it does for others as a relay, and through relays. */
  readonly relaying: Relaying;
  #published = 0;
  readonly services: Node["services"];

  constructor(
    options: NodeOptions,
    { machine, network, process, tamper, relayLimits }: {
      machine: Machine;
      network: Network;
      process?: Process;
      tamper?: Tamper;
      /** What it allows of connections that it carries. */
      relayLimits?: CircuitLimits;
    },
  ) {
    super();
    this.#options = options;
    this.#machine = machine;
    this.#network = network;
    this.process = process;
    this.tamper = tamper;
    this.peerId = peerIdFromString(options.identity.peerId);
    const events = new TypedEventEmitter<{ message: CustomEvent<Message> }>();
    this.#pubsub = Object.assign(events, {
      topicValidators: new Map(),
      subscribe: (topic: string) => void this.#topics.add(topic),
      publish: (topic: string, data: Uint8Array) => this.#publish(topic, data),
    }) as unknown as Node["services"]["pubsub"] & EventTarget;
    this.relaying = new Relaying(this, {
      ...options,
      network,
      process,
      limits: relayLimits,
      isHidden: machine.isHidden,
    });
    this.services = { pubsub: this.#pubsub, reservations: this.relaying.slots ?? { joined: () => {}, left: () => {} } };
    void this.handle(PING, (stream) => {
      stream.addEventListener("message", ({ data }) => void stream.send(data));
      stream.addEventListener("remoteCloseWrite", () => void stream.close());
    });
  }

  readonly #pubsub: Node["services"]["pubsub"] & EventTarget;

  handle(protocols: string | string[], handler: StreamHandler): Promise<void> {
    for (const protocol of [protocols].flat()) this.#handlers.set(protocol, handler);
    return Promise.resolve();
  }

  /** Who serves `protocol`. */
  handler(protocol: string): StreamHandler | undefined {
    return this.#handlers.get(protocol);
  }

  /** Something is being served over a stream of `protocol`. */
  serve(protocol: string, work: void | Promise<void>): void {
    const serving = { protocol };
    this.#serving.add(serving);
    void Promise.resolve(work).finally(() => this.#serving.delete(serving));
  }

  /** What there still is of it, as clauses. */
  left(): string[] {
    return [
      ...[...this.#serving].map(({ protocol }) => `${protocol} is still served`),
      ...this.#connections.map(({ remotePeer }) => `a connection to ${remotePeer} is open`),
    ];
  }

  start(): void {
    this.#machine.node = this;
    this.relaying.slots?.start();
    this.relaying.slots?.afterStart();
  }

  async stop(): Promise<void> {
    if (this.#machine.node === this) this.#machine.node = undefined;
    await this.relaying.slots?.stop();
    await Promise.all([...this.#connections].map((connection) => connection.close()));
  }

  getMultiaddrs(): Multiaddr[] {
    return [multiaddr(`/ip4/${this.#machine.address}/tcp/4001/p2p/${this.peerId}`), ...this.relaying.addresses()];
  }

  /** Its direct connections to `peer`. */
  directTo(peer: string): MemoryConnection[] {
    return (this.#connections as unknown as MemoryConnection[]).filter(({ remotePeer, direct, status }) =>
      direct && status === "open" && remotePeer.toString() === peer
    );
  }

  getConnections(peer?: PeerId): Connection[] {
    return this.#connections.filter(({ remotePeer }) => !peer || remotePeer.equals(peer));
  }

  getPeers(): PeerId[] {
    return [...new Map(this.#connections.map(({ remotePeer }) => [remotePeer.toString(), remotePeer])).values()];
  }

  async dial(
    called: PeerId | Multiaddr | Multiaddr[],
    { signal, force }: { signal?: AbortSignal; force?: boolean } = {},
  ): Promise<Connection> {
    const [target] = [called].flat();
    if (!("getComponents" in target)) {
      const [present] = this.directTo(target.toString());
      if (!present) throw new Error("no address of it is known");
      return present as unknown as Connection;
    }
    const address = target;
    if (isRelayed(address)) return await this.relaying.dial(called as Multiaddr | Multiaddr[], signal);
    const peer = peerOf(address);
    if (peer === this.peerId.toString()) throw new Error("can not dial self");
    const known = this.#connections.find(({ remotePeer }) => remotePeer.toString() === peer);
    if (known && !force) return known;
    const machine = this.#network.machines.get(address.toString().split("/")[2]);
    if (!machine) throw new Error("there is no route to it");
    if (machine === this.#machine) throw new Error("can not dial self");
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    if (machine.isHidden) return await raceAbort(promise, signal);
    // to the other side and back, where who listens is known when the call arrives
    const there = this.#network.pipe(this.#machine, machine, () => undefined);
    there.send(() => {
      const node = machine.node;
      const back = this.#network.pipe(machine, this.#machine, () => this.process);
      if (!node || node.process?.isAlive === false) return back.send(() => reject(new Error("ECONNREFUSED")));
      const inbound = this.#pair(node, machine, address);
      inbound.pipe.send(async () => {
        const outbound = inbound.remote;
        const gater = this.#options.admission.gater();
        if (await gater.denyOutboundEncryptedConnection?.(outbound.remotePeer, undefined as never)) {
          outbound.abort(new Error("it is no member"));
          return reject(new Error("it is no member"));
        }
        if (signal?.aborted || outbound.status !== "open") {
          outbound.abort(new Error("nobody waits for it"));
          return reject(new Error("the connection was closed"));
        }
        this.opened(outbound as unknown as Connection);
        resolve(outbound as unknown as Connection);
      });
      this.#network.world.in(node.process, () => void node.#accept(inbound));
    });
    return await raceAbort(promise, signal);
  }

  /** Both ends of a connection to `node`; that of the other side. */
  #pair(node: MemoryNode, machine: Machine, address: Multiaddr): MemoryConnection {
    const network = this.#network, number = ++network.connections;
    const id = `c${number}`;
    const from = multiaddr(`/ip4/${this.#machine.address}/tcp/${10_000 + number}`);
    const there = network.pipe(this.#machine, machine, () => node.process);
    const back = network.pipe(machine, this.#machine, () => this.process);
    const outbound = new MemoryConnection(this, id, "outbound", node.peerId, address, there);
    const inbound = new MemoryConnection(node, id, "inbound", this.peerId, from, back);
    [outbound.remote, inbound.remote] = [inbound, outbound];
    return inbound;
  }

  async #accept(inbound: MemoryConnection): Promise<void> {
    const gater = this.#options.admission.gater();
    if (await gater.denyInboundEncryptedConnection?.(inbound.remotePeer, undefined as never)) {
      return inbound.abort(new Error("it is no member"));
    }
    this.opened(inbound as unknown as Connection);
  }

  /** A connection is there. */
  opened(connection: Connection): void {
    this.#connections.push(connection);
    this.dispatchEvent(new CustomEvent("connection:open", { detail: connection }));
    const { remote, pipe } = connection as unknown as MemoryConnection;
    const listenAddrs = this.getMultiaddrs();
    pipe.send(() => {
      if (remote.status !== "open") return;
      const detail = { peerId: this.peerId, listenAddrs, connection: remote as unknown as Connection, protocols: [] };
      remote.identified(detail);
    });
  }

  /** A connection is gone. */
  ended(connection: Connection): void {
    const place = this.#connections.indexOf(connection);
    if (place < 0) return;
    this.#connections.splice(place, 1);
    const gone = connection as unknown as MemoryConnection;
    for (const other of [...this.#connections] as unknown as MemoryConnection[]) {
      if (other.circuit?.goesOver(gone)) other.lost();
    }
    this.relaying.ended(gone);
    this.dispatchEvent(new CustomEvent("connection:close", { detail: connection }));
  }

  /** The machine has lost the process: what is left of it is what its kernel does. */
  killed(isMachineGone: boolean): void {
    if (this.#machine.node === this) this.#machine.node = undefined;
    for (const connection of this.#connections as unknown as MemoryConnection[]) {
      connection.status = "closed";
      if (!isMachineGone) connection.pipe.send(() => connection.remote.lost());
    }
  }

  #publish(topic: string, data: Uint8Array) {
    const id = `${this.peerId} ${++this.#published}`;
    this.#seen.add(id);
    const message = {
      type: "signed",
      from: this.peerId,
      topic,
      data,
      sequenceNumber: BigInt(this.#published),
    } as Message;
    const recipients = this.#pass(id, message);
    return Promise.resolve({ recipients });
  }

  /** To all that are admitted, over the best connection of each. */
  #pass(id: string, message: Message, { from, most = Infinity }: { from?: PeerId; most?: number } = {}): PeerId[] {
    const recipients: PeerId[] = [];
    for (const peer of this.#network.rng.shuffle(this.#options.admission.present())) {
      if (recipients.length >= most) break;
      const connection = this.#options.admission.connectionTo(peer) as unknown as MemoryConnection | undefined;
      if (!connection || from?.toString() === peer) continue;
      connection.pipe.send(() => connection.remote.published(id, message), message.data.length);
      recipients.push(connection.remotePeer);
    }
    return recipients;
  }

  /** A message came from a neighbour. */
  async published(id: string, message: Message, from: Connection): Promise<void> {
    const isHeard = this.#options.admission.connectionsTo(from.remotePeer.toString()).includes(from);
    if (!isHeard || this.#seen.has(id) || !this.#topics.has(message.topic)) return;
    this.#seen.add(id);
    const verdict = await this.#pubsub.topicValidators.get(message.topic)?.(from.remotePeer, message);
    if (verdict !== TopicValidatorResult.Accept) return;
    this.#pubsub.dispatchEvent(new CustomEvent("message", { detail: message }));
    this.#pass(id, message, { from: from.remotePeer, most: 1 });
  }
}

/** What makes such nodes, for one process. */
export function memoryNodes(
  options: ConstructorParameters<typeof MemoryNode>[1],
  made: (node: MemoryNode) => void = () => {},
): BuildNode {
  return (nodeOptions) => {
    const node = new MemoryNode(nodeOptions, options);
    made(node);
    return Promise.resolve(node as unknown as Node);
  };
}
