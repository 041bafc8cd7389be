/**
 * Connections to members: the node, the hello on each connection, redialling, and streams that only accepted peers get.
 *
 * @module
 */
import type { Connection, Stream } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import type { Bytes } from "../../core/bytes.ts";
import { Admission, type AdmissionCallbacks } from "../admission/admission.ts";
import { chooseAnnounced } from "../finding/announcing.ts";
import { Finding } from "../finding/finding.ts";
import { Gate } from "../admission/gate.ts";
import { GOODBYE_PROTOCOL, sayGoodbye } from "../admission/goodbye.ts";
import { Greeting } from "../admission/greeting.ts";
import { PLACE_PROTOCOL, Places } from "../admission/places.ts";
import type { Place } from "../protocols/place.ts";
import { mdnsServiceTag } from "../finding/mdns.ts";
import type { Node } from "../finding/node.ts";
import { PUNCH_PROTOCOL } from "../finding/punching/protocol.ts";
import type { PunchingOptions } from "../finding/punching/punching.ts";
import { MemberStreams } from "./member_streams.ts";
import { buildNode as buildLibp2pNode, startNode } from "./node.ts";
import type { ConnectionsOptions } from "./options.ts";
import { HANDLING, streamOptions } from "./streams.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import { CLOCK_PROTOCOL, tellTime } from "../protocols/clock.ts";
import type { ChannelHandler, Peers, StreamOptions } from "../protocols/peers.ts";
import { HELLO_PROTOCOL, makeHello } from "../admission/hello.ts";
import { rendezvousOf } from "../finding/rendezvous.ts";
import type { TrafficKind } from "../protocols/traffic.ts";

/** The node of a peer and everything that decides who is connected to it. */
export class Connections implements Peers {
  readonly admission: Admission;
  readonly finding: Finding;
  readonly #options: ConnectionsOptions;
  readonly #gate: Gate;
  readonly #streams: MemberStreams;
  readonly #abort = new AbortController();
  #greeting: Greeting | undefined;
  #places: Places | undefined;
  #node: Node | undefined;
  #rendezvous: Awaited<ReturnType<typeof rendezvousOf>> | undefined;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.finding = new Finding({ ...options, self: options.identity.peerId, signal: this.signal });
    const callbacks: AdmissionCallbacks = {
      joined: (peer, connection) => {
        this.#gate.admit(connection.remotePeer, connection);
        this.finding.joined(peer, connection);
        options.joined(peer);
      },
      rerouted: (peer, connection) => {
        this.#gate.leave(connection.remotePeer);
        this.#gate.admit(connection.remotePeer, connection);
        this.finding.routed(peer, connection);
      },
      left: (peer) => {
        this.#gate.leave(peerIdFromString(peer));
        this.finding.left(peer);
        options.left(peer, this.isLeaving(peer));
      },
      refused: options.refused,
    };
    this.admission = new Admission(options.members, callbacks, (peer) => this.finding.relays.has(peer));
    this.#gate = new Gate(this.admission);
    const renew = (peer: string) => this.finding.renew(peer);
    this.#streams = new MemberStreams({ ...options, admission: this.admission, renew, signal: this.signal });
  }

  /** Aborted when the peer stops. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The members that are connected and let in. */
  present(): string[] {
    return this.admission.present();
  }

  /** Whether `peer` is one of them. */
  isPresent(peer: string): boolean {
    return this.admission.connectionTo(peer) !== undefined;
  }

  /** Whether `peer` has said that it leaves, and has not come back since. */
  isLeaving(peer: string): boolean {
    return this.finding.saidGoodbye(peer);
  }

  /** The running node. */
  get node(): Node {
    if (!this.#node) throw new Error("the mesh has not been started");
    return this.#node;
  }

  /** Which process speaks for each peer, once the node is built. */
  get places(): Places {
    if (!this.#places) throw new Error("the mesh has not been started");
    return this.#places;
  }

  /** Builds the node of the process `own`, which will serve `handlers` by protocol. */
  async build(own: Place, handlers: Record<string, ChannelHandler>): Promise<Node> {
    const {
      identity,
      consortium,
      listen,
      quic,
      portMapping,
      announce,
      tls,
      mdns,
      dht,
      relay,
      topic,
      rng,
      warn,
      debug,
      metrics,
    } = this.#options;
    const { charter, metCharter, comparedIfBoth: ifBoth, oneSided, settlingTime = 2_000, uncalledTime } = this.#options;
    const { buildNode = buildLibp2pNode } = this.#options;
    const hello = await makeHello(identity, { ...this.#options, place: own });
    const { admission, signal } = this, streams = this.#streams;
    const places = this.#places = new Places(own, {
      ...this.#options,
      ...{ admission, signal, told: this.#options.place },
      open: (connection, signal) => streams.on(connection, { protocol: PLACE_PROTOCOL, kind: "control", signal }),
    });
    const greeting = this.#greeting = new Greeting({
      ...{ admission, places, ifBoth, oneSided, settlingTime, signal, debug },
      isLeaving: this.isLeaving.bind(this),
      own: () => ({ ...hello, charter: charter?.() }),
      channel: (stream, connection) => streams.channel(stream, connection, "control"),
      open: (connection, protocol, signal) => streams.on(connection, { protocol, kind: "control", signal }),
      accepted: (connection, { said, heard }) => {
        this.finding.opened(connection);
        if (said && heard) metCharter?.(connection.remotePeer.toString(), { said, heard });
      },
    });
    await this.finding.book.load();
    const serviceTag = mdns ? await mdnsServiceTag(consortium) : undefined;
    const { configured } = this.finding;
    const reservations = {
      ...{ relays: this.finding.relays, uncalledTime, rng: rng.fork("reservations"), debug },
      failed: configured.notReserved.bind(configured),
      reserved: configured.reserved.bind(configured),
    };
    const punching: PunchingOptions = {
      ...{ self: identity.peerId, relays: this.finding.relays, admission, signal, warn, debug },
      open: (connection, signal) => streams.on(connection, { protocol: PUNCH_PROTOCOL, kind: "control", signal }),
    };
    this.#rendezvous = dht ? await rendezvousOf(consortium) : undefined;
    const node = await buildNode({
      identity,
      listen,
      quic,
      portMapping,
      announce,
      tls,
      admission,
      gate: this.#gate,
      dials: configured.dials,
      topic,
      serviceTag,
      relay,
      reservations,
      punching,
      rendezvous: this.#rendezvous?.protocol,
      metrics,
      warn,
      debug,
    });
    this.#node = node;
    await node.handle(HELLO_PROTOCOL, (stream, connection) => greeting.answer(stream, connection), HANDLING);
    const answering: ChannelHandler = {
      ...{ kind: "control", doing: "saying that this process is here" },
      serve: (channel, peer, signal) => places.answer(channel, peer, signal),
    };
    const serving = { signal, warn, debug };
    const { punching: punched } = node.services;
    const punches: Record<string, ChannelHandler> = punched
      ? {
        [PUNCH_PROTOCOL]: {
          ...{ kind: "control", doing: "agreeing on direct calls" },
          serve: (channel, peer, signal) => punched.answer(channel, peer, signal),
        },
      }
      : {};
    const served = { ...handlers, ...punches, [PLACE_PROTOCOL]: answering };
    for (const [protocol, handler] of Object.entries(served)) {
      const answer = (stream: Stream, connection: Connection) =>
        streams.serve(stream, connection, protocol, { ...handler, ...serving });
      await node.handle(protocol, admission.guard(answer), HANDLING);
    }
    const tellsTime: ChannelHandler = {
      kind: "control",
      doing: "telling the time",
      serve: (channel) => tellTime(channel),
    };
    // without a hello: who looks whether all is ready takes no part; strangers were turned away by the gater
    await node.handle(CLOCK_PROTOCOL, (stream, connection) => {
      if (!admission.isMember(connection.remotePeer.toString())) return stream.abort(new Error("it is no member"));
      return streams.serve(stream, connection, CLOCK_PROTOCOL, { ...tellsTime, ...serving });
    }, HANDLING);
    const hearGoodbye = (stream: Stream, { remotePeer }: Connection) => {
      this.finding.goodbye(remotePeer.toString());
      return stream.close();
    };
    await node.handle(GOODBYE_PROTOCOL, admission.guard(hearGoodbye), HANDLING);
    node.addEventListener("connection:open", ({ detail: connection }) => {
      // a relay that is no member has nothing to say
      const peer = connection.remotePeer.toString();
      if (!admission.isMember(peer) && this.finding.relays.has(peer)) return this.finding.opened(connection);
      greeting.opened(connection);
    });
    node.addEventListener("connection:close", ({ detail }) => admission.closed(detail));
    node.addEventListener("peer:identify", async ({ detail }) => {
      // where a second process with a member's key listens is not where the member does
      if (await admission.settled(detail.connection)) this.finding.identified(detail);
    });
    return node;
  }

  /** Listens, then begins to dial; `readdressed` is called when other addresses reach this peer than before. */
  async start(listening: () => void, readdressed: () => void): Promise<void> {
    await startNode(this.node, this.#options, ["mesh.listen", "mesh.quic"]);
    listening();
    this.node.addEventListener("self:peer:update", () => {
      if (!this.signal.aborted) readdressed();
    });
    this.finding.start(this.node, this.admission, this.#rendezvous?.place);
  }

  /** The multiaddrs that others reach this peer at, with its id: those to tell. */
  addresses(): string[] {
    return chooseAnnounced(this.node.getMultiaddrs().map(String));
  }

  /** Where the members that are present listen, as far as they have said. */
  known(): Record<string, readonly string[]> {
    return this.finding.known(this.present());
  }

  /** Who belongs from now on, with their sealing keys: whoever was removed is hung up on, whoever is new is called. */
  setMembers(members: ReadonlyMap<string, Bytes>): void {
    const removed = new Set(this.admission.setMembers(members));
    for (const connection of this.#node?.getConnections() ?? []) {
      if (removed.has(connection.remotePeer.toString())) connection.abort(new Error("it is no member any more"));
    }
    this.finding.membersChanged(removed);
  }

  /** Says goodbye, hangs up and stops listening. */
  async stop(): Promise<void> {
    if (!this.signal.aborted) await sayGoodbye(this.admission, streamOptions, this.signal);
    this.#abort.abort(new Error("the peer stops"));
    await this.finding.stop();
    await this.#node?.stop();
    await this.#greeting?.ended();
    await this.finding.ended();
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
  async open(peer: string, protocol: string, kind: TrafficKind, signal?: AbortSignal): Promise<FrameChannel> {
    return await this.#streams.open(peer, { protocol, kind, signal });
  }

  /** Opens a channel, hands it to `work`, and closes it; see {@linkcode MemberStreams.use}. */
  use<T>(peer: string, options: StreamOptions, work: (channel: FrameChannel) => Promise<T>): Promise<T> {
    return this.#streams.use(peer, options, work);
  }
}
