/**
 * Everything by which a peer finds the others and notices that it has lost them: address book, discovery, relays, signs
 * of life, splits.
 *
 * @module
 */
import type { Connection, IdentifyResult } from "@libp2p/interface";
import type { CID } from "multiformats/cid";
import type { Rng } from "../../core/rng.ts";
import type { SmallFiles } from "../../core/small_files.ts";
import { type Timer, world } from "../../core/world.ts";
import { AddressBook } from "./address_book.ts";
import { isEnding } from "../admission/line_of.ts";
import type { Admission } from "../admission/admission.ts";
import { ConfiguredAddresses } from "./configured.ts";
import { chooseAnnounced } from "./announcing.ts";
import { Discovery } from "./discovery.ts";
import { watchLiveness } from "./liveness.ts";
import type { Node } from "./node.ts";
import { Rendezvous } from "./rendezvous.ts";
import { Relays } from "./relays.ts";
import { Renewals } from "./renewals.ts";
import { retire } from "./retirement.ts";
import { type SplitEvent, SplitWatch } from "./split.ts";

/** Addresses told of another member. */
const ADDRESSES_OF_OTHERS = 4;

/** What {@linkcode Finding} works with. */
export interface FindingOptions {
  /** This peer's id. */
  self: string;
  bootstrap: readonly string[];
  /** Multiaddrs of relays, with /p2p/ID. */
  relays: readonly string[];
  /** The UDP port of this peer's QUIC. @default none: it does not speak it */
  quic?: number;
  /** Where the address book is kept. */
  addressBook: string;
  /** @default those of this machine */
  files?: SmallFiles;
  /** Milliseconds without a sign of life after which a connection is cut. @default 25000 */
  silence?: number;
  /** Milliseconds that a member may be away before it counts as missing. @default 20000 */
  absence?: number;
  /** Milliseconds that a configured address may fail before it is told. @default 5000 */
  grace?: number;
  rng: Rng;
  /** Ends everything: the peer stops. */
  signal: AbortSignal;
  split: (event: SplitEvent) => void;
  warn: (message: string) => void;
  debug: (message: string) => void;
}

/** Keeps the mesh of one peer together. */
export class Finding {
  readonly book: AddressBook;
  readonly relays: Relays;
  /** The addresses of the configuration. */
  readonly configured: ConfiguredAddresses;
  readonly #options: FindingOptions;
  readonly #split: SplitWatch;
  readonly #tasks = new Set<Promise<void>>();
  readonly #watched = new WeakSet<Connection>();
  /** Members that said that they leave. */
  readonly #goodbyes = new Set<string>();
  #running:
    | { node: Node; admission: Admission; discovery: Discovery; renewals: Renewals; rendezvous?: Rendezvous }
    | undefined;
  #timer: Timer | undefined;

  constructor(options: FindingOptions) {
    this.#options = options;
    this.book = new AddressBook(options.addressBook, options.warn, options.files);
    this.relays = new Relays(options.relays);
    this.configured = new ConfiguredAddresses(options);
    this.#split = new SplitWatch({ patience: options.absence });
  }

  /** Begins to call members; `node` listens. `place` is where they meet in its hash table, if it has one. */
  start(node: Node, admission: Admission, place?: CID): void {
    const { book, relays, configured } = this;
    const failed = configured.failed.bind(configured);
    const discovery = new Discovery({
      ...this.#options,
      ...{ node, admission, book, relays, failed, quic: this.#options.quic !== undefined },
    });
    configured.tellOfStrangers((peer) => admission.isMember(peer));
    const { table } = node.services;
    const hear = (peer: string, addresses: readonly string[]) => this.hear(peer, addresses);
    const isComplete = () =>
      admission.members().every((peer) => peer === this.#options.self || admission.connectionTo(peer));
    const rendezvous = table && place && new Rendezvous({ ...this.#options, table, place, isComplete, hear });
    const renewals = new Renewals({ ...this.#options, admission, call: (peer) => discovery.renew(peer) });
    this.#running = { node, admission, discovery, renewals, rendezvous };
    discovery.start();
    node.services.forwarding?.begin();
  }

  /** Ends all calls, and writes the address book. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    await Promise.all([this.#running?.discovery.stop(), this.#running?.rendezvous?.stop()]);
  }

  /** Resolves once everything that outlasts a call has ended: after the node was stopped. */
  async ended(): Promise<void> {
    await Promise.all(this.#tasks);
    await this.book.flush();
  }

  /** A connection was opened to a relay, or accepted of a member: its signs of life are watched, by one watch. */
  opened(connection: Connection): void {
    if (this.#watched.has(connection)) return;
    this.#watched.add(connection);
    const { silence, signal, debug } = this.#options;
    this.#track(watchLiveness(connection, { silence, signal, debug }));
    this.#track(this.#running?.renewals.watch(connection) ?? Promise.resolve());
    if (connection.direction === "inbound" || !this.#running?.admission.isMember(connection.remotePeer.toString())) {
      return;
    }
    const address = withoutPeer(connection.remoteAddr.toString());
    void this.book.reached(connection.remotePeer.toString(), address, world.now());
  }

  /** A member was admitted. */
  joined(peer: string, connection: Connection): void {
    this.#goodbyes.delete(peer);
    this.#split.joined(peer, world.now());
    this.#watch();
    this.#running?.rendezvous?.changed();
    this.routed(peer, connection);
  }

  /** The way to a member is `connection` now: what leads there by a detour is let go. */
  routed(peer: string, connection: Connection): void {
    this.#running?.discovery.joined(peer, connection);
    this.#running?.node.services.reservations.joined(connection);
    if (!connection.direct) this.#running?.node.services.punching?.relayed(peer, connection);
    const others = (this.#running?.admission.connectionsTo(peer) ?? []).filter((other) => other !== connection);
    const isReplaced = (other: Connection) => !other.direct && (connection.direct || isEnding(other));
    for (const other of others.filter(isReplaced)) this.#track(retire(other));
  }

  /** A new connection to a member whose present one its relay will cut. @throws if there is none. */
  async renew(peer: string): Promise<void> {
    await this.#running?.renewals.renew(peer);
  }

  /** A member is gone. */
  left(peer: string): void {
    this.#split.left(peer, world.now(), { goodbye: this.#goodbyes.has(peer) });
    this.#watch();
    this.#running?.rendezvous?.changed();
    this.#running?.discovery.left(peer);
    this.#running?.node.services.reservations.left(peer);
  }

  /** The list of members changed: nobody waits for those who were removed. */
  membersChanged(removed: Iterable<string>): void {
    for (const peer of removed) this.#split.forget(peer);
    this.#watch();
    this.#running?.discovery.membersChanged(removed);
  }

  /** A member says that it leaves: it will not be missed. */
  goodbye(peer: string): void {
    this.#goodbyes.add(peer);
  }

  /** Whether a member has said that it leaves, and has not come back since. */
  saidGoodbye(peer: string): boolean {
    return this.#goodbyes.has(peer);
  }

  /** A member said where it listens. */
  identified({ peerId, listenAddrs }: IdentifyResult): void {
    const addresses = listenAddrs.map((address) => withoutPeer(address.toString()));
    void this.book.seen(peerId.toString(), chooseAnnounced(addresses), world.now());
  }

  /** News of where a member listens: called if it is not connected. */
  hear(peer: string, addresses: readonly string[]): void {
    this.#running?.discovery.hear(peer, addresses);
  }

  /** Where `peers` listen, as far as they have said. */
  known(peers: readonly string[]): Record<string, readonly string[]> {
    const addresses = (peer: string) => chooseAnnounced(this.book.get(peer)?.addresses ?? [], ADDRESSES_OF_OTHERS);
    return Object.fromEntries(peers.map((peer) => [peer, addresses(peer)]));
  }

  #track(task: Promise<void>): void {
    this.#tasks.add(task);
    void task.finally(() => this.#tasks.delete(task));
  }

  /** Tells of splits when they are due. */
  #watch(): void {
    this.#timer?.cancel();
    const due = this.#split.nextDue();
    if (this.#options.signal.aborted || due === Infinity) return;
    this.#timer = world.after(Math.max(0, due - world.now()), () => {
      for (const event of this.#split.check(world.now())) this.#options.split(event);
      this.#watch();
    });
  }
}

function withoutPeer(address: string): string {
  return address.replace(/\/p2p\/[^/]+$/, "");
}
