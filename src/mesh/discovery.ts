/**
 * Finds members and keeps calling them: configured addresses, the address book, mDNS; for ever.
 *
 * @module
 */
import { peerIdFromString } from "@libp2p/peer-id";
import type { PeerInfo } from "@libp2p/interface";
import { CODE_P2P, type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { messageOf } from "../core/errors.ts";
import type { Rng } from "../core/rng.ts";
import { Deadline } from "./_deadline.ts";
import type { AddressBook } from "./address_book.ts";
import type { Admission } from "./admission.ts";
import type { Node } from "./node.ts";
import { RedialSchedule } from "./redial.ts";

/** Longest wait for a connection over any of a peer's addresses, in milliseconds. */
const DIAL_TIMEOUT = 60_000;

/** What discovery works with. */
export interface DiscoveryOptions {
  node: Node;
  admission: Admission;
  book: AddressBook;
  /** This peer's id. */
  self: string;
  /** Multiaddrs, with or without /p2p/ID. */
  bootstrap: readonly string[];
  rng: Rng;
  /** Told what went wrong in each attempt. */
  debug?: (message: string) => void;
  /** @default Date.now */
  clock?: () => number;
}

/** The peer id that `address` ends with. */
export function peerOf(address: Multiaddr): string | undefined {
  return address.getComponents().findLast(({ code }) => code === CODE_P2P)?.value;
}

/** The peer id that an address from elsewhere ends with; "" where it is no multiaddr. */
function ownerOf(address: string): string | undefined {
  try {
    return peerOf(multiaddr(address));
  } catch {
    return ""; // nobody's: one broken line of the address book must not keep a peer from being called
  }
}

/** Dials what the schedule says is due; keys are peer ids, or addresses whose peer is not known yet. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #clock: () => number;
  readonly #schedule: RedialSchedule;
  /** Addresses from the configuration, by peer: news never takes their place. */
  readonly #configured = new Map<string, string[]>();
  /** Addresses from mDNS, heads and neighbours, by peer, the newest first. */
  readonly #heard = new Map<string, Set<string>>();
  /** Which peer answered at a configured address that names none. */
  readonly #answeredBy = new Map<string, string>();
  readonly #abort = new AbortController();
  readonly #dials = new Set<Promise<void>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#schedule = new RedialSchedule({ rng: options.rng });
  }

  /** Begins dialling and listening for discoveries. */
  start(): void {
    const { node, bootstrap, book, admission, self } = this.#options;
    for (const text of bootstrap) {
      const peer = peerOf(multiaddr(text));
      if (peer === undefined) this.#schedule.add(text, this.#clock());
      else {
        this.#configured.set(peer, [...this.#configured.get(peer) ?? [], text]);
        this.hear(peer, [text]);
      }
    }
    for (const peer of book.peers()) {
      if (peer !== self && admission.isMember(peer)) this.#schedule.add(peer, this.#clock());
    }
    node.addEventListener("peer:discovery", this.#onDiscovery);
    this.#arm();
  }

  /** Ends all dials. */
  async stop(): Promise<void> {
    this.#options.node.removeEventListener("peer:discovery", this.#onDiscovery);
    this.#abort.abort(new Error("the peer stops"));
    clearTimeout(this.#timer);
    await Promise.all(this.#dials);
  }

  readonly #onDiscovery = ({ detail: { id, multiaddrs } }: CustomEvent<PeerInfo>) => {
    this.hear(id.toString(), multiaddrs.map(String));
  };

  /** News of where `peer` listens, from whatever source; what is no member is ignored. */
  hear(peer: string, addresses: readonly string[]): void {
    const { admission, self } = this.#options;
    if (peer === self || !admission.isMember(peer)) return;
    const known = this.#heard.get(peer) ?? new Set();
    const isNew = addresses.some((address) => !known.has(address));
    // the newest stay; an address that comes with every restart must not pile up
    this.#heard.set(peer, new Set([...addresses, ...known].slice(0, 16)));
    if (!isNew || admission.connectionTo(peer)) return;
    this.#schedule.lost(peer, this.#clock());
    this.#arm();
  }

  /** `peer` was admitted. */
  joined(peer: string): void {
    // also peers that called us: if they are lost, both sides try
    this.#schedule.add(peer, this.#clock());
    this.#schedule.connected(peer);
    this.#arm();
  }

  /** The list of members changed: calls whom the configuration and the address book know, and who was removed no more. */
  membersChanged(removed: Iterable<string>): void {
    const { admission, book, self } = this.#options;
    for (const peer of removed) {
      this.#schedule.remove(peer);
      this.#heard.delete(peer);
    }
    for (const [peer, addresses] of this.#configured) this.hear(peer, addresses);
    for (const peer of book.peers()) {
      if (peer !== self && admission.isMember(peer)) this.#schedule.add(peer, this.#clock());
    }
    this.#arm();
  }

  /** `peer` is gone. */
  left(peer: string): void {
    if (this.#options.admission.isMember(peer)) this.#schedule.lost(peer, this.#clock());
    for (const [address, answered] of this.#answeredBy) {
      if (answered === peer) this.#schedule.lost(address, this.#clock());
    }
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const due = this.#schedule.nextDue();
    if (this.#abort.signal.aborted || due === Infinity) return;
    this.#timer = setTimeout(() => this.#dialDue(), Math.max(0, due - this.#clock()));
  }

  #dialDue(): void {
    for (const key of this.#schedule.take(this.#clock())) {
      const dial = this.#dial(key).catch((error) => {
        this.#schedule.failed(key, this.#clock());
        this.#options.debug?.(`dialling ${key}: ${messageOf(error)}`);
      }).finally(() => {
        this.#dials.delete(dial);
        this.#arm();
      });
      this.#dials.add(dial);
    }
    this.#arm();
  }

  async #dial(key: string): Promise<void> {
    const { node, admission, self } = this.#options;
    const peer = key.startsWith("/") ? this.#answeredBy.get(key) : key;
    if (peer !== undefined && admission.connectionTo(peer)) return this.#schedule.connected(key);
    const addresses = key.startsWith("/") ? [multiaddr(key)] : this.#addressesOf(key);
    if (addresses.length === 0) throw new Error("no address is known");
    let connection;
    try {
      // libp2p has limits of its own; a signal for each dial leaves nothing attached to the one that lasts
      using limit = new Deadline(DIAL_TIMEOUT, "dialling", this.#abort.signal);
      connection = await node.dial(addresses, { signal: limit.signal });
    } catch (error) {
      // a list of all peers' addresses usually holds one's own
      if (key.startsWith("/") && /dial self/i.test(messageOf(error))) return this.#schedule.remove(key);
      throw error;
    }
    const answered = connection.remotePeer.toString();
    if (answered === self) return this.#schedule.remove(key);
    if (!await admission.settled(connection)) throw new Error("the connection was not accepted");
    if (key.startsWith("/")) {
      this.#answeredBy.set(key, answered);
      this.hear(answered, [key]);
    }
    this.#schedule.connected(key);
  }

  #addressesOf(peer: string): Multiaddr[] {
    const known = [
      ...this.#heard.get(peer) ?? [],
      ...this.#configured.get(peer) ?? [],
      ...this.#options.book.get(peer)?.addresses ?? [],
    ];
    const id = peerIdFromString(peer).toString();
    const full = known.flatMap((text) => {
      const owner = ownerOf(text);
      if (owner === undefined) return [`${text}/p2p/${id}`];
      return owner === id ? [text] : []; // libp2p refuses the whole list for one address of somebody else
    });
    return [...new Set(full)].map((text) => multiaddr(text));
  }
}
