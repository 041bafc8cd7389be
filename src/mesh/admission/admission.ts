/**
 * Who is let in: the allow-list of peer ids right after the noise handshake, then the hello. Nothing else is served
 * before both.
 *
 * @module
 */
import type { Connection, ConnectionGater, PeerId, StreamHandler } from "@libp2p/interface";
import type { Bytes } from "../../core/bytes.ts";
import { isSamePlace, type Place } from "../protocols/place.ts";
import { isEnding } from "./line_of.ts";

interface Entry {
  connection: Connection;
  settled: Promise<boolean>;
  settle: (accepted: boolean) => void;
  accepted?: boolean;
  /** The process at the other end, once accepted. */
  place?: Place;
}

/** What {@linkcode Admission} reports. */
export interface AdmissionCallbacks {
  /** A peer has its first accepted connection. */
  joined: (peer: string, connection: Connection) => void;
  /** A peer that is here already is reached best over `connection` from now on. */
  rerouted: (peer: string, connection: Connection) => void;
  /** A peer's last accepted connection is gone. */
  left: (peer: string) => void;
  /** A peer is turned away, or turned us away. */
  refused: (peer: string, reason: string) => void;
}

/** Keeps, for every connection, whether its hello was accepted. */
export class Admission {
  #members: ReadonlySet<string>;
  /** The sealing keys that a charter names. */
  #chartered: ReadonlyMap<string, Bytes> = new Map();
  readonly #callbacks: AdmissionCallbacks;
  readonly #isRelay: (peer: string) => boolean;
  readonly #entries = new Map<Connection, Entry>();
  /**
   * Peers told as joined and not yet as left: of several connections that close together, the first is not the last.
   */
  readonly #joined = new Set<string>();
  readonly #keys = new Map<string, Bytes>();
  readonly #reasons = new Map<string, string>();

  /** `isRelay`: whether a peer that is no member may be called all the same, to carry connections of members. */
  constructor(
    members: Iterable<string>,
    callbacks: AdmissionCallbacks,
    isRelay: (peer: string) => boolean = () => false,
  ) {
    this.#members = new Set(members);
    this.#callbacks = callbacks;
    this.#isRelay = isRelay;
  }

  /** Whether `peer` is on the list. */
  isMember(peer: string): boolean {
    return this.#members.has(peer);
  }

  /** The peers on the list. */
  members(): string[] {
    return [...this.#members];
  }

  /**
   * Another list, with the sealing key of each peer. Returns the peers that are on it no more, whose connections must
   * go.
   */
  setMembers(members: ReadonlyMap<string, Bytes>): string[] {
    const removed = this.members().filter((peer) => !members.has(peer));
    this.#members = new Set(members.keys());
    this.#chartered = members;
    for (const peer of removed) this.#keys.delete(peer);
    return removed;
  }

  /**
   * Turns strangers away once the handshake has proved who they are: before the muxer, before any byte of any protocol.
   */
  gater(): ConnectionGater {
    const deny = (peer: PeerId) => {
      if (this.isMember(peer.toString())) return false;
      this.refuse(peer.toString(), "it is not on this peer's list of members");
      return true;
    };
    const denyCalling = (peer: PeerId) => !this.#isRelay(peer.toString()) && deny(peer);
    return {
      denyDialPeer: denyCalling,
      // the default gater refuses private addresses in browsers only; sites and tests dial them
      denyDialMultiaddr: () => false,
      denyInboundEncryptedConnection: deny,
      denyOutboundEncryptedConnection: denyCalling,
      // this peer carries connections from members to members, and takes those of members
      denyInboundRelayReservation: deny,
      denyOutboundRelayedConnection: (from, to) => deny(from) || deny(to),
      denyInboundRelayedConnection: (_relay, from) => deny(from),
    };
  }

  #entry(connection: Connection): Entry {
    let entry = this.#entries.get(connection);
    if (!entry) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      entry = { connection, settled: promise, settle: resolve };
      this.#entries.set(connection, entry);
    }
    return entry;
  }

  /**
   * The hello on `connection` went well; `hpkePublicKey` is the remote's, verified, and `place` its process. Returns
   * whether it is let in: not if another process of the peer was let in meanwhile.
   */
  accept(connection: Connection, hpkePublicKey: Bytes, place: Place): boolean {
    const peer = connection.remotePeer.toString();
    const isTaken = this.connectionsTo(peer).some((other) => !isSamePlace(this.placeOf(other)!, place));
    if (connection.status !== "open" || !this.isMember(peer) || isTaken) {
      this.dismiss(connection);
      return false;
    }
    const before = this.connectionTo(peer);
    const entry = this.#entry(connection);
    entry.accepted = true;
    entry.place = place;
    this.#keys.set(peer, hpkePublicKey);
    this.#reasons.delete(peer);
    if (!this.#joined.has(peer)) {
      this.#joined.add(peer);
      this.#callbacks.joined(peer, connection);
    } else if (this.connectionTo(peer) !== before) this.#callbacks.rerouted(peer, connection);
    entry.settle(true);
    return true;
  }

  /** The process at the other end of `connection`, if it was let in. */
  placeOf(connection: Connection): Place | undefined {
    return this.#entries.get(connection)?.place;
  }

  /** The hello on `connection` failed, without a verdict about the peer. */
  dismiss(connection: Connection): void {
    // one that is closed already must not be remembered: nothing would make it forgotten again
    const entry = connection.status === "open" ? this.#entry(connection) : this.#entries.get(connection);
    if (!entry) return;
    entry.accepted = false;
    entry.settle(false);
  }

  /** Reports that `peer` is turned away, once for each reason. */
  refuse(peer: string, reason: string): void {
    if (this.#reasons.get(peer) === reason) return;
    // strangers can make up identities without end
    if (this.#reasons.size >= 1000) this.#reasons.delete(this.#reasons.keys().next().value!);
    this.#reasons.set(peer, reason);
    this.#callbacks.refused(peer, reason);
  }

  /** Forgets a connection that is gone. */
  closed(connection: Connection): void {
    const entry = this.#entries.get(connection);
    this.#entries.delete(connection);
    entry?.settle(false);
    if (!entry?.accepted) return;
    const peer = connection.remotePeer.toString();
    const other = this.connectionTo(peer);
    if (other) this.#callbacks.rerouted(peer, other);
    else if (this.#joined.delete(peer)) this.#callbacks.left(peer);
  }

  /** Resolves once the hello on `connection` is over, to whether it was accepted. */
  settled(connection: Connection): Promise<boolean> {
    if (connection.status !== "open" || !this.isMember(connection.remotePeer.toString())) return Promise.resolve(false);
    return this.#entry(connection).settled;
  }

  /** The open connections to `peer` whose hello was accepted, the oldest first. */
  connectionsTo(peer: string): Connection[] {
    return [...this.#entries.values()].filter(({ connection, accepted }) =>
      accepted && connection.status === "open" && connection.remotePeer.toString() === peer
    ).map(({ connection }) => connection);
  }

  /**
   * The best of {@linkcode Admission.connectionsTo}: a direct one if there is one, else one that its relay will not cut
   * soon.
   */
  connectionTo(peer: string): Connection | undefined {
    const connections = this.connectionsTo(peer);
    return connections.find(({ direct }) => direct) ?? connections.find((one) => !isEnding(one)) ?? connections[0];
  }

  /** The peers that are connected and accepted now. */
  present(): string[] {
    const peers = new Set<string>();
    for (const { connection, accepted } of this.#entries.values()) {
      if (accepted && connection.status === "open") peers.add(connection.remotePeer.toString());
    }
    return [...peers];
  }

  /** The X25519 key of `peer`: the one that the charter names, or else the one that it signed in its hello. */
  hpkePublicKey(peer: string): Bytes | undefined {
    return this.#chartered.get(peer) ?? this.#keys.get(peer);
  }

  /** A handler that serves accepted connections only; others get a reset and not one byte. */
  guard(handler: StreamHandler): StreamHandler {
    return async (stream, connection) => {
      if (await this.settled(connection)) await handler(stream, connection);
      else stream.abort(new Error("no accepted hello on this connection"));
    };
  }
}
