/**
 * Connections to members: the node, the hello on each connection, redialling, and streams that only accepted peers get.
 *
 * @module
 */
import type { Connection, IdentifyResult, Stream } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import { messageOf } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import { AddressBook } from "./address_book.ts";
import { Admission } from "./admission.ts";
import type { Bytes } from "./_bytes.ts";
import type { CharterMark } from "./charter/chain.ts";
import { Deadline, raceAbort, sleep } from "./_deadline.ts";
import { Discovery } from "./discovery.ts";
import { GossipGate } from "./gossip_gate.ts";
import type { Identity } from "./identity.ts";
import { mdnsServiceTag } from "./mdns.ts";
import { buildNode, type Node, startNode, STREAMS_PER_PROTOCOL } from "./node.ts";
import { ChannelClosedError, FrameChannel } from "./protocols/channel.ts";
import { type Hello, HELLO_PROTOCOL, makeHello, sayHello, type Settings } from "./protocols/hello.ts";
import type { Traffic, TrafficKind } from "./traffic.ts";

/** Longest wait for a hello, in milliseconds. */
const HELLO_TIMEOUT = 15_000;

/** What {@linkcode Connections} works with. */
export interface ConnectionsOptions {
  identity: Identity;
  consortium: string;
  settings: Settings;
  members: readonly string[];
  listen: readonly string[];
  bootstrap: readonly string[];
  mdns: boolean;
  addressBook: string;
  /** Longest wait for a stream, in milliseconds. */
  stepTimeout: number;
  /**
   * How long a peer whose hello failed may take to join by another connection, in milliseconds. Two that dial each other at once
   * have two connections, and one of them may go during its hello; the other's takes a few round trips, longer on a machine that
   * trains. @default 2000
   */
  settlingTime?: number;
  topic: string;
  rng: Rng;
  traffic: Traffic;
  /** What the hello says of this peer's charter, if it has one. */
  charter?: () => CharterMark;
  /** What an accepted peer said of its own. */
  heardCharter?: (peer: string, mark: CharterMark) => void;
  joined: (peer: string) => void;
  left: (peer: string) => void;
  refused: (peer: string, reason: string) => void;
  warn: (message: string, peer?: string) => void;
  debug: (message: string) => void;
}

/** How the streams of one protocol are served, to accepted peers only. */
export interface ChannelHandler {
  kind: TrafficKind;
  /** What a warning begins with. */
  doing: string;
  /** Serves one stream; a throw resets it and is told as a warning about the peer. */
  serve: (channel: FrameChannel, peer: string, signal: AbortSignal) => Promise<unknown>;
}

/** The node of a peer and everything that decides who is connected to it. */
export class Connections {
  readonly admission: Admission;
  readonly book: AddressBook;
  readonly #options: ConnectionsOptions;
  readonly #gate: GossipGate;
  readonly #abort = new AbortController();
  /** Hellos under way, and what follows them. */
  readonly #hellos = new Set<Promise<void>>();
  #node: Node | undefined;
  #discovery: Discovery | undefined;
  #hello: Hello | undefined;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.book = new AddressBook(options.addressBook, options.warn);
    this.admission = new Admission(options.members, {
      joined: (peer, connection) => {
        this.#gate.admit(connection.remotePeer, connection);
        this.#discovery?.joined(peer);
        options.joined(peer);
      },
      left: (peer) => {
        this.#gate.leave(peerIdFromString(peer));
        this.#discovery?.left(peer);
        options.left(peer);
      },
      refused: options.refused,
    });
    this.#gate = new GossipGate(this.admission);
  }

  /** Aborted when the peer stops. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The running node. */
  get node(): Node {
    if (!this.#node) throw new Error("the mesh has not been started");
    return this.#node;
  }

  /** Builds the node, which will serve `handlers` by protocol. */
  async build(handlers: Record<string, ChannelHandler>): Promise<Node> {
    const { identity, consortium, listen, mdns, topic, warn } = this.#options;
    this.#hello = await makeHello(identity, this.#options);
    await this.book.load();
    const serviceTag = mdns ? await mdnsServiceTag(consortium) : undefined;
    const { admission } = this;
    const node = await buildNode({ identity, listen, admission, gate: this.#gate, topic, serviceTag, warn });
    this.#node = node;
    const limits = { maxInboundStreams: STREAMS_PER_PROTOCOL, maxOutboundStreams: STREAMS_PER_PROTOCOL };
    await node.handle(HELLO_PROTOCOL, (stream, connection) => {
      return this.#track(this.#greet(connection, () => stream));
    }, limits);
    for (const [protocol, handler] of Object.entries(handlers)) {
      const serving = (stream: Stream, connection: Connection) =>
        this.#serve(this.#channel(stream, handler.kind), connection.remotePeer.toString(), handler);
      await node.handle(protocol, admission.guard(serving), limits);
    }
    node.addEventListener("connection:open", ({ detail: connection }) => {
      if (connection.direction === "outbound") {
        const open = (signal: AbortSignal) =>
          connection.newStream(HELLO_PROTOCOL, { signal, maxOutboundStreams: STREAMS_PER_PROTOCOL });
        void this.#track(this.#greet(connection, open));
      } else void this.#track(this.#expectHello(connection));
    });
    node.addEventListener("connection:close", ({ detail }) => admission.closed(detail));
    node.addEventListener("peer:identify", ({ detail }) => this.#identified(detail));
    return node;
  }

  /** Listens, then begins to dial. */
  async start(listening: () => void): Promise<void> {
    const { node, admission, book } = this;
    const { identity, listen, bootstrap, rng, debug } = this.#options;
    await startNode(node, listen);
    listening();
    this.#discovery = new Discovery({ node, admission, book, self: identity.peerId, bootstrap, rng, debug });
    this.#discovery.start();
  }

  /** Where the members that are present listen, as far as they have said. */
  known(): Record<string, readonly string[]> {
    const entries = this.admission.present().map((peer) => [peer, this.book.get(peer)?.addresses.slice(0, 4) ?? []]);
    return Object.fromEntries(entries);
  }

  /** News of where a member listens: called if it is not connected. */
  hear(peer: string, addresses: readonly string[]): void {
    this.#discovery?.hear(peer, addresses);
  }

  /** Who belongs from now on, with their sealing keys: whoever was removed is hung up on, whoever is new is called. */
  setMembers(members: ReadonlyMap<string, Bytes>): void {
    const removed = new Set(this.admission.setMembers(members));
    for (const connection of this.#node?.getConnections() ?? []) {
      if (removed.has(connection.remotePeer.toString())) connection.abort(new Error("it is no member any more"));
    }
    this.#discovery?.membersChanged(removed);
  }

  /** Hangs up and stops listening. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error("the peer stops"));
    await this.#discovery?.stop();
    await this.#node?.stop();
    await Promise.all(this.#hellos);
    await this.book.flush();
  }

  /** Cuts the connections to a peer that does not answer; redialling begins at once. */
  drop(peer: string, reason: Error): void {
    for (
      let link = this.admission.connectionTo(peer);
      link?.status === "open";
      link = this.admission.connectionTo(peer)
    ) {
      link.abort(reason);
    }
  }

  /** A channel to an accepted peer. @throws if it is not connected. */
  async open(
    peer: string,
    protocol: string,
    kind: TrafficKind,
    signal: AbortSignal = this.signal,
  ): Promise<FrameChannel> {
    const connection = this.admission.connectionTo(peer);
    if (!connection) throw new Error("the member is not connected");
    using limit = new Deadline(this.#options.stepTimeout, `opening ${protocol}`, signal);
    const stream = await connection.newStream(protocol, {
      signal: limit.signal,
      maxOutboundStreams: STREAMS_PER_PROTOCOL,
    });
    return this.#channel(stream, kind);
  }

  /** Opens a channel, hands it to `use`, and closes it; a throw resets it. */
  async use<T>(
    peer: string,
    { protocol, kind, signal = this.signal }: { protocol: string; kind: TrafficKind; signal?: AbortSignal },
    use: (channel: FrameChannel) => Promise<T>,
  ): Promise<T> {
    const channel = await this.open(peer, protocol, kind, signal);
    try {
      const result = await use(channel);
      await channel.close();
      return result;
    } catch (error) {
      channel.abort(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  #channel(stream: Stream, kind: TrafficKind): FrameChannel {
    return new FrameChannel(stream, { onBytes: this.#options.traffic.counter(kind) });
  }

  async #serve(channel: FrameChannel, peer: string, { doing, serve }: ChannelHandler): Promise<void> {
    try {
      await serve(channel, peer, this.signal);
      await channel.close();
    } catch (error) {
      channel.abort(error instanceof Error ? error : new Error(String(error)));
      if (this.signal.aborted) return;
      // a peer that leaves, or drops the second of two connections, is told by its coming and going
      if (error instanceof ChannelClosedError) this.#options.debug(`${doing} with ${peer}: ${messageOf(error)}`);
      else this.#options.warn(`${doing}: ${messageOf(error)}`, peer);
    }
  }

  /** Lets stop() wait for `task`, which does not throw. */
  #track(task: Promise<void>): Promise<void> {
    this.#hellos.add(task);
    return task.finally(() => this.#hellos.delete(task));
  }

  async #greet(connection: Connection, open: (signal: AbortSignal) => Stream | Promise<Stream>): Promise<void> {
    const peer = connection.remotePeer.toString();
    let channel: FrameChannel | undefined;
    try {
      if (!this.admission.isMember(peer)) throw new Error("it is no member any more");
      using limit = new Deadline(HELLO_TIMEOUT, "the hello", this.signal);
      channel = this.#channel(await open(limit.signal), "control");
      const own = { ...this.#hello!, charter: this.#options.charter?.() };
      const outcome = await sayHello(channel, { own, peer, signal: limit.signal });
      await raceAbort(channel.close(), limit.signal);
      if (outcome.accepted) {
        if (connection.direction === "outbound") {
          void this.book.reached(peer, withoutPeer(connection.remoteAddr.toString()), Date.now());
        }
        this.admission.accept(connection, outcome.hpkePublicKey);
        if (outcome.charter) this.#options.heardCharter?.(peer, outcome.charter);
        return;
      }
      this.admission.refuse(peer, outcome.reason);
    } catch (error) {
      const hungUp = error instanceof ChannelClosedError || connection.status !== "open";
      channel?.abort(error instanceof Error ? error : new Error(String(error)));
      await this.#hangUp(connection);
      return await this.#refuseUnlessJoined(
        peer,
        hungUp
          ? "it hung up during the hello; this peer may not be on its list of members"
          : `its hello failed: ${messageOf(error)}`,
      );
    }
    await this.#hangUp(connection);
  }

  /** Two peers that dial each other at once drop one of the two connections: only who has none after a while is refused. */
  async #refuseUnlessJoined(peer: string, reason: string): Promise<void> {
    await sleep(this.#options.settlingTime ?? 2_000, this.signal).catch(() => {}); // the peer stops
    if (this.signal.aborted || this.admission.connectionTo(peer)) return;
    this.admission.refuse(peer, reason);
  }

  /** Whoever calls must say hello soon. */
  async #expectHello(connection: Connection): Promise<void> {
    try {
      using limit = new Deadline(HELLO_TIMEOUT, "waiting for a hello", this.signal);
      const late = new Promise<boolean>((resolve) => {
        limit.signal.addEventListener("abort", () => resolve(false), { once: true });
      });
      if (!await Promise.race([this.admission.settled(connection), late])) await this.#hangUp(connection);
    } catch (error) {
      this.#options.debug(`waiting for a hello: ${messageOf(error)}`);
    }
  }

  async #hangUp(connection: Connection): Promise<void> {
    this.admission.dismiss(connection);
    using limit = new Deadline(2_000, "hanging up");
    await connection.close({ signal: limit.signal }).catch((error) => connection.abort(error));
  }

  #identified({ peerId, listenAddrs }: IdentifyResult): void {
    const peer = peerId.toString();
    if (!this.admission.isMember(peer)) return;
    const addresses = listenAddrs.map((address) => withoutPeer(address.toString()));
    void this.book.seen(peer, addresses, Date.now());
  }
}

function withoutPeer(address: string): string {
  return address.replace(/\/p2p\/[^/]+$/, "");
}
