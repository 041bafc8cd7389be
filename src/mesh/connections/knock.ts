/**
 * Who of the members can be reached from here, and how: each is called, proves who it is by the handshake, tells the
 * time, and is hung up on. Without a hello nobody takes part in anything, and no member hears of it.
 *
 * @module
 */
import "./_broadcast_channel.ts";
import { circuitRelayTransport } from "@libp2p/circuit-relay-v2";
import { type Identify, identify } from "@libp2p/identify";
import type { Connection, PeerInfo } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p } from "libp2p";
import { Deadline, raceAbort } from "../../core/deadline.ts";
import { messageOf } from "../../core/errors.ts";
import type { Identity } from "../envelope/identity.ts";
import { AddressBook } from "../finding/address_book.ts";
import { Dials, type FailedDial } from "../finding/dials.ts";
import { mdnsServiceTag, quietMdns } from "../finding/mdns.ts";
import { isRelayed, peerOf } from "../finding/multiaddrs.ts";
import { FrameChannel } from "../protocols/channel.ts";
import { askTime, CLOCK_PROTOCOL } from "../protocols/clock.ts";
import { commonOptions } from "./node.ts";
import { quic } from "./quic/mod.ts";
import { streamOptions } from "./streams.ts";
import { websockets } from "./websockets.ts";

/** Options of {@linkcode knock}. */
export interface KnockOptions {
  identity: Identity;
  consortium: string;
  /** Peer ids; one's own may be among them. */
  members: readonly string[];
  /** Multiaddrs of `mesh.bootstrap`. */
  bootstrap: readonly string[];
  /** Multiaddrs of `mesh.relays`. */
  relays: readonly string[];
  /** Whether to call over QUIC as well. @default false */
  quic?: boolean;
  /** Whether to look on the local network. */
  mdns: boolean;
  /** Where the address book is, which is read; a damaged one is set aside as at a start. */
  stateDirectory: string;
  /** Longest wait for one connection, in milliseconds. @default 8000 */
  timeout?: number;
  /** How long to listen for members on the local network, in milliseconds. @default 4000 */
  listening?: number;
  signal?: AbortSignal;
}

/** An address at which nobody answered who should, and why. */
export type Unreached = Pick<FailedDial, "address" | "reason">;

/** What came of calling a member, or a relay. */
export interface Knocked {
  peer: string;
  way: "direct" | "relay" | "none";
  /** Where it answered. */
  address?: string;
  /** Where calls failed, and why; empty where no address is known. */
  failed: readonly Unreached[];
  /** Milliseconds that its clock is ahead; absent where it did not say. */
  ahead?: number;
  /** Where it sees this peer call from, a multiaddr; of direct connections. */
  observed?: string;
}

/** What came of all calls. */
export interface Knocks {
  members: readonly Knocked[];
  relays: readonly Knocked[];
  /** Of `bootstrap`, those without a peer id at which no member answered, and why. */
  unanswered: readonly Unreached[];
}

/** Calls every member once. */
export async function knock(options: KnockOptions): Promise<Knocks> {
  const { identity, members, relays, stateDirectory, mdns, listening = 4_000, signal } = options;
  const others = [...new Set(members)].filter((peer) => peer !== identity.peerId);
  const ways = new Map<string, Set<string>>(others.map((peer) => [peer, new Set()]));
  const complete = Promise.withResolvers<void>();
  const hear = (peer: string, addresses: readonly string[]) => {
    for (const address of addresses) ways.get(peer)?.add(address);
    if ([...ways.values()].every(({ size }) => size > 0)) complete.resolve();
  };
  const book = new AddressBook(`${stateDirectory}/addresses.json`);
  await book.load();
  for (const peer of others) hear(peer, book.get(peer)?.addresses ?? []);
  const { named, nameless } = sorted(options.bootstrap);
  for (const [peer, address] of named) hear(peer, [address]);
  const dials = new Dials(() => {});
  const known = new Set([...others, ...relays.flatMap((address) => peerOf(multiaddr(address)) ?? [])]);
  const node = await build(options, {
    dials,
    known,
    serviceTag: mdns ? await mdnsServiceTag(options.consortium) : undefined,
  });
  const caller = new Caller(node, dials, options);
  node.addEventListener("peer:discovery", ({ detail: { id, multiaddrs } }: CustomEvent<PeerInfo>) => {
    hear(id.toString(), multiaddrs.map(String));
  });
  try {
    await node.start();
    if (mdns && others.length > 0) {
      using limit = new Deadline(listening, "listening for members", signal);
      await raceAbort(complete.promise, limit.signal).catch(() => signal?.throwIfAborted());
    }
    const unanswered = (await Promise.all(nameless.map((address) => caller.callAddress(address, hear)))).flat();
    const reached = await Promise.all(relays.map((address) => caller.call(peerOf(multiaddr(address))!, [address])));
    const through = relays.map((address) => `${address}/p2p-circuit`);
    const called = others.map((peer) => caller.call(peer, [...ways.get(peer)!], through));
    return { members: await Promise.all(called), relays: reached, unanswered };
  } finally {
    await node.stop();
  }
}

/** Addresses by the peer that they name, and those that name none. */
function sorted(bootstrap: readonly string[]): { named: [string, string][]; nameless: string[] } {
  const named: [string, string][] = [];
  const nameless: string[] = [];
  for (const address of bootstrap) {
    const peer = peerOf(multiaddr(address));
    if (peer === undefined) nameless.push(address);
    else named.push([peer, address]);
  }
  return { named, nameless };
}

type KnockingNode = Libp2p<{ identify: Identify }>;

interface Building {
  dials: Dials;
  known: ReadonlySet<string>;
  serviceTag?: string;
}

async function build(
  { identity, quic: overQuic }: KnockOptions,
  { dials, known, serviceTag }: Building,
): Promise<KnockingNode> {
  return await createLibp2p({
    ...commonOptions(identity),
    addresses: { listen: [] },
    transports: [
      ...[dials.follow(tcp()), dials.follow(websockets()), dials.follow(circuitRelayTransport())],
      ...(overQuic ? [dials.follow(quic())] : []),
    ],
    connectionGater: dials.followGater({
      denyDialMultiaddr: () => false,
      denyInboundEncryptedConnection: () => true,
      denyOutboundEncryptedConnection: (peer) => !known.has(peer.toString()),
    }),
    peerDiscovery: serviceTag ? [quietMdns(serviceTag, () => {})] : [],
    services: { identify: identify() },
  });
}

/** Calls, and asks whoever answers. */
class Caller {
  readonly #node: KnockingNode;
  readonly #dials: Dials;
  readonly #timeout: number;
  readonly #signal?: AbortSignal;

  constructor(node: KnockingNode, dials: Dials, { timeout = 8_000, signal }: Pick<KnockOptions, "timeout" | "signal">) {
    [this.#node, this.#dials, this.#timeout, this.#signal] = [node, dials, timeout, signal];
  }

  /** Calls an address that names no peer; who answers there is told to `hear`. */
  async callAddress(address: string, hear: (peer: string, addresses: readonly string[]) => void): Promise<Unreached[]> {
    try {
      const connection = await this.#dial([multiaddr(address)]);
      hear(connection.remotePeer.toString(), [address]);
      return [];
    } catch (error) {
      if (/dial self/i.test(messageOf(error))) return []; // a list of all peers' addresses usually holds one's own
      return [{ address, reason: this.#dials.failure(multiaddr(address).toString())?.reason ?? messageOf(error) }];
    }
  }

  /** Calls `peer` directly, then by way of relays. */
  async call(peer: string, addresses: readonly string[], relays: readonly string[] = []): Promise<Knocked> {
    const full = [...addresses, ...relays].map((text) => {
      const address = multiaddr(text);
      return peerOf(address) === undefined ? multiaddr(`${text}/p2p/${peer}`) : address;
    }).filter((address) => peerOf(address) === peer);
    const { true: relayed = [], false: direct = [] } = Object.groupBy(full, (address) => `${isRelayed(address)}`);
    let last: unknown;
    for (const [way, ways] of [["direct", direct], ["relay", relayed]] as const) {
      if (ways.length === 0) continue;
      try {
        return await this.#met(peer, way, await this.#dial(ways));
      } catch (error) {
        last = error;
      }
    }
    const failed: Unreached[] = this.#dials.failuresOf(peer).map(({ address, reason }) => ({ address, reason }));
    if (failed.length === 0 && last !== undefined) {
      failed.push({ address: full[0].toString(), reason: messageOf(last) });
    }
    return { peer, way: "none", failed };
  }

  async #met(peer: string, way: "direct" | "relay", connection: Connection): Promise<Knocked> {
    const ahead = await this.#ask("the time", (signal) => {
      const open = async () => new FrameChannel(await connection.newStream(CLOCK_PROTOCOL, streamOptions(signal)));
      return askTime(open, { signal });
    });
    const observed = way === "relay" ? undefined : await this.#ask("where it sees this peer", async (signal) => {
      const { observedAddr } = await this.#node.services.identify.identify(connection, { signal });
      return observedAddr?.toString();
    });
    return {
      ...{ peer, way, address: connection.remoteAddr.toString(), failed: [] },
      ...(ahead !== undefined && { ahead }),
      ...(observed !== undefined && { observed }),
    };
  }

  /** Undefined where it does not tell: a relay, or a member of an earlier version. */
  async #ask<T>(what: string, question: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    using limit = new Deadline(this.#timeout, `asking ${what}`, this.#signal);
    try {
      return await question(limit.signal);
    } catch {
      return undefined;
    }
  }

  async #dial(addresses: Multiaddr[]): Promise<Connection> {
    using limit = new Deadline(this.#timeout, "calling", this.#signal);
    return await this.#node.dial(addresses, { signal: limit.signal });
  }
}
