/**
 * Finds members and keeps calling them: configured addresses, the address book, mDNS, what other members say, relays;
 * for ever.
 *
 * @module
 */
import type { Connection, PeerInfo } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { messageOf } from "../../core/errors.ts";
import type { Rng } from "../../core/rng.ts";
import { Deadline } from "../../core/deadline.ts";
import { world } from "../../core/world.ts";
import { isCallable } from "./address_rules.ts";
import type { AddressBook } from "./address_book.ts";
import type { Admission } from "../admission/admission.ts";
import type { Node } from "./node.ts";
import { type AttemptOutcome, RedialLoop } from "./redial_loop.ts";
import { isRelayed, peerOf, relayOf } from "./multiaddrs.ts";
import type { Relays } from "./relays.ts";

/** Longest wait for a connection over any of a peer's addresses, in milliseconds. */
const DIAL_TIMEOUT = 60_000;

/** Longest wait for a direct connection where a relay could carry one now, in milliseconds. */
const DIRECT_TIMEOUT = 8_000;

/** Addresses kept of what is heard of one peer. */
const MAX_HEARD = 16;

/** What discovery works with. */
export interface DiscoveryOptions {
  node: Node;
  admission: Admission;
  book: AddressBook;
  relays: Relays;
  /** This peer's id. */
  self: string;
  /** Whether this peer speaks QUIC. @default false */
  quic?: boolean;
  /** Multiaddrs, with or without /p2p/ID. */
  bootstrap: readonly string[];
  rng: Rng;
  /** Told of each call, begun at `since`, that came to no connection. */
  failed?: (addresses: readonly Multiaddr[], error: unknown, since: number) => void;
  /** Told what went wrong in each attempt. */
  debug?: (message: string) => void;
  /** @default world.now */
  clock?: () => number;
}

/**
 * An address from elsewhere; `undefined` where it is none: one broken line of the address book must not keep a peer
 * from being called.
 */
function parse(address: string): Multiaddr | undefined {
  try {
    return multiaddr(address);
  } catch {
    return undefined;
  }
}

/** Dials what is due; keys are peer ids, or addresses whose peer is not known yet. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #redial: RedialLoop;
  /** Addresses from the configuration, by peer: news never takes their place. */
  readonly #configured = new Map<string, string[]>();
  /** Addresses from mDNS, heads and neighbours, by peer, the newest first. */
  readonly #heard = new Map<string, Set<string>>();
  /** Which peer answered at a configured address that names none. */
  readonly #answeredBy = new Map<string, string>();

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    const attempt = (key: string, signal: AbortSignal) => this.#attempt(key, signal);
    this.#redial = new RedialLoop({ ...options, attempt });
  }

  /** Begins dialling and listening for discoveries. */
  start(): void {
    const { node, bootstrap } = this.#options;
    for (const text of bootstrap) {
      const peer = peerOf(multiaddr(text));
      if (peer === undefined) this.#redial.add(text);
      else {
        this.#configured.set(peer, [...this.#configured.get(peer) ?? [], text]);
        this.hear(peer, [text]);
      }
    }
    this.#addKnown();
    node.addEventListener("peer:discovery", this.#onDiscovery);
  }

  /** Calls whom the address book knows; where there is a configured relay, it may lead to any member. */
  #addKnown(): void {
    const { admission, book, relays } = this.#options;
    const callable = [...book.peers(), ...relays.configured.size > 0 ? admission.members() : []];
    for (const peer of callable) if (this.#isOther(peer)) this.#redial.add(peer);
  }

  /** Ends all dials. */
  async stop(): Promise<void> {
    this.#options.node.removeEventListener("peer:discovery", this.#onDiscovery);
    await this.#redial.stop();
  }

  readonly #onDiscovery = ({ detail: { id, multiaddrs } }: CustomEvent<PeerInfo>) => {
    this.hear(id.toString(), multiaddrs.map(String));
  };

  /** News of where `peer` listens, from whatever source: a hint, no more. What is no member is ignored. */
  hear(peer: string, addresses: readonly string[]): void {
    if (!this.#isOther(peer)) return;
    const known = this.#heard.get(peer) ?? new Set();
    const isNew = addresses.some((address) => !known.has(address));
    // the newest stay; an address that comes with every restart must not pile up
    this.#heard.set(peer, new Set([...addresses, ...known].slice(0, MAX_HEARD)));
    if (isNew && !this.#options.admission.connectionTo(peer)?.direct) this.#redial.heard(peer);
  }

  /** `peer` was admitted, by `connection`; also one that called: if it is lost, both sides try. */
  joined(peer: string, connection: Connection): void {
    this.#redial.add(peer);
    if (connection.direct) this.#redial.connected(peer);
    else this.#redial.detoured(peer);
  }

  /**
   * The list of members changed: calls whom the configuration and the address book know, and who was removed no more.
   */
  membersChanged(removed: Iterable<string>): void {
    for (const peer of removed) {
      this.#redial.remove(peer);
      this.#heard.delete(peer);
    }
    for (const [peer, addresses] of this.#configured) this.hear(peer, addresses);
    this.#addKnown();
  }

  /** `peer` is gone. */
  left(peer: string): void {
    if (!this.#isOther(peer)) return;
    this.#redial.lost(peer);
    for (const [address, answered] of this.#answeredBy) if (answered === peer) this.#redial.lost(address);
  }

  /** Calls `peer` through its relays once more. @throws if none of them leads there. */
  async renew(peer: string): Promise<void> {
    const relayed = this.#addressesOf(peer).filter(isRelayed);
    if (relayed.length === 0) throw new Error("no relay leads to it");
    await this.#dial(relayed, { signal: this.#redial.signal, timeout: DIRECT_TIMEOUT, force: true });
  }

  #isOther(peer: string): boolean {
    return peer !== this.#options.self && this.#options.admission.isMember(peer);
  }

  #attempt(key: string, signal: AbortSignal): Promise<AttemptOutcome> {
    return key.startsWith("/") ? this.#callAddress(key, signal) : this.#callPeer(key, signal);
  }

  /** Calls a configured address that names no peer. */
  async #callAddress(address: string, signal: AbortSignal): Promise<AttemptOutcome> {
    const { admission, self } = this.#options;
    const known = this.#answeredBy.get(address);
    if (known !== undefined && admission.connectionTo(known)) return "connected";
    try {
      const connection = await this.#dial([multiaddr(address)], { signal });
      const answered = connection.remotePeer.toString();
      if (answered === self) return "not wanted";
      this.#answeredBy.set(address, answered);
      this.hear(answered, [address]);
      return "connected";
    } catch (error) {
      // a list of all peers' addresses usually holds one's own
      if (/dial self/i.test(messageOf(error))) return "not wanted";
      throw error;
    }
  }

  /** Calls a member: directly if possible, or through a relay until it is. */
  async #callPeer(peer: string, signal: AbortSignal): Promise<AttemptOutcome> {
    const { admission } = this.#options;
    const present = admission.connectionTo(peer);
    if (present?.direct) return "connected";
    const { direct = [], relayed = [] } = Object.groupBy(
      this.#addressesOf(peer),
      (address) => isRelayed(address) ? "relayed" : "direct",
    );
    if (!present && direct.length + relayed.length === 0) throw new Error("no address is known");
    if (direct.length > 0) {
      try {
        const timeout = present || relayed.length === 0 ? DIAL_TIMEOUT : DIRECT_TIMEOUT;
        await this.#dial(direct, { signal, timeout, force: present !== undefined });
        return "connected";
      } catch (error) {
        if (signal.aborted || (!present && relayed.length === 0)) throw error;
        this.#options.debug?.(`dialling ${peer} directly: ${messageOf(error)}`);
      }
    }
    // two that call each other at once through one relay see equal addresses: libp2p would hang up both calls as
    // duplicates
    if (!present) await this.#dial(relayed, { signal, force: true });
    return "detoured";
  }

  /** Resolves to a connection whose hello was accepted. */
  async #dial(
    addresses: Multiaddr[],
    { signal, timeout = DIAL_TIMEOUT, force }: { signal: AbortSignal; timeout?: number; force?: boolean },
  ): Promise<Connection> {
    const { node, admission, relays, failed, clock = world.now } = this.#options;
    const since = clock();
    for (const address of addresses) {
      const relay = relayOf(address);
      if (relay !== undefined) relays.heard(relay);
    }
    // libp2p has limits of its own; a signal for each dial leaves nothing attached to the one that lasts
    using limit = new Deadline(timeout, "dialling", signal);
    const connection = await node.dial(addresses, { signal: limit.signal, force }).catch((error) => {
      failed?.(addresses, error, since);
      throw error;
    });
    if (!await admission.settled(connection)) throw new Error("the connection was not accepted");
    return connection;
  }

  #addressesOf(peer: string): Multiaddr[] {
    const { book, relays, self, quic } = this.#options;
    const id = peerIdFromString(peer).toString();
    const throughRelays = [...relays.configured].flatMap(([relay, addresses]) =>
      relay === id ? addresses : addresses.map((address) => `${address}/p2p-circuit`)
    );
    const known = [
      ...this.#heard.get(peer) ?? [],
      ...this.#configured.get(peer) ?? [],
      ...book.get(peer)?.addresses ?? [],
      ...throughRelays,
    ];
    const full = known.flatMap((text) => {
      const address = parse(text);
      const owner = address && peerOf(address);
      // libp2p refuses the whole list for one address of somebody else; this peer cannot be its own relay
      if (!address || (owner !== undefined && owner !== id) || relayOf(address) === self) return [];
      return [owner === undefined ? `${text}/p2p/${id}` : text];
    }).filter((text) => isCallable(text, { quic }));
    return [...new Set(full)].map((text) => multiaddr(text));
  }
}
