/**
 * Direct connections in place of relayed ones: two members that reach each other through a relay only call each other over
 * QUIC at the same moment, each where others see it, so that the NAT of each lets the other's packets in.
 *
 * @module
 */
import type { CircuitRelayTransportComponents } from "@libp2p/circuit-relay-v2";
import type { Connection, Startable } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { Deadline, raceAbort, sleep } from "../../../core/deadline.ts";
import { messageOf } from "../../../core/errors.ts";
import { world } from "../../../core/world.ts";
import type { Admission } from "../../admission/admission.ts";
import type { FrameChannel } from "../../protocols/channel.ts";
import { familyOf, isQuic, peerOf, relayOf } from "../multiaddrs.ts";
import type { Relays } from "../relays.ts";
import { FAMILIES, Observed } from "./observed.ts";
import { type Agreed, follow, isPlace, lead, MOST_ADDRESSES } from "./protocol.ts";

/** Calls before the relay is kept. 97.6 % of those that succeed do so at the first (arXiv 2510.27500). */
const ATTEMPTS = 3;

/** Longest wait for a relay to say where it sees this peer, for the other to agree, and for its answer, in milliseconds. */
const OBSERVING = 5_000;
const AGREEING = 15_000;
const CALLING = 5_000;

/** Longest wait, beyond the first answer, for where a relay sees this peer in the other family, in milliseconds. */
const OTHER_FAMILY = 1_000;

/** Milliseconds after which it is tried again where it came to nothing, once the relayed connection is a new one. */
const PAUSE = 600_000;

/** Milliseconds between two times that a member may ask for it. */
const PACE = 2_000;

/** What of libp2p's node it works with. */
export type PunchingComponents = Pick<CircuitRelayTransportComponents, "events" | "peerStore" | "transportManager">;

/** What {@linkcode Punching} works with. */
export interface PunchingOptions {
  /** This peer's id. */
  self: string;
  relays: Pick<Relays, "configured">;
  admission: Pick<Admission, "connectionTo" | "settled">;
  /** A channel of the protocol over that connection. */
  open: (connection: Connection, signal: AbortSignal) => Promise<FrameChannel>;
  /** Ends it: the peer stops. */
  signal: AbortSignal;
  warn: (message: string, peer?: string) => void;
  debug: (message: string) => void;
}

/** A service of libp2p's. */
export class Punching implements Startable {
  readonly #components: PunchingComponents;
  readonly #options: PunchingOptions;
  readonly #observed: Observed;
  /** Members that this peer has called, or is calling, and when it may again (of {@linkcode world.elapsed}). */
  readonly #again = new Map<string, number>();
  /** When each member was asked last. */
  readonly #began = new Map<string, number>();
  /** When each member may ask again. */
  readonly #asked = new Map<string, number>();
  /** Of whom it was told that the relay stays. */
  readonly #told = new Set<string>();
  readonly #tasks = new Set<Promise<void>>();

  constructor(components: PunchingComponents, options: PunchingOptions) {
    this.#components = components;
    this.#options = options;
    this.#observed = new Observed(components.events);
  }

  /** Begins to listen. */
  start(): void {
    this.#observed.start();
  }

  /** Ends it. */
  async stop(): Promise<void> {
    this.#observed.stop();
    await Promise.all(this.#tasks);
  }

  /** A member is reached over `connection` now, which leads through a relay; one of the two begins. */
  relayed(peer: string, connection: Connection): void {
    const { self, signal } = this.#options;
    if (self > peer || signal.aborted || (this.#again.get(peer) ?? 0) > world.elapsed()) return;
    this.#again.set(peer, Infinity);
    const task = this.#begin(peer, connection).catch((error) => {
      this.#options.debug(`calling ${peer} over UDP: ${messageOf(error)}`);
    }).finally(() => {
      this.#again.set(peer, world.elapsed() + (this.#isDirect(peer) ? 0 : PAUSE));
      this.#tasks.delete(task);
    });
    this.#tasks.add(task);
  }

  /** Serves a stream on which a member asks for it. */
  async answer(channel: FrameChannel, peer: string, signal: AbortSignal): Promise<void> {
    const now = world.elapsed();
    if ((this.#asked.get(peer) ?? 0) > now) throw new Error("a member must not ask for direct calls so often");
    this.#asked.set(peer, now + PACE);
    using limit = new Deadline(AGREEING, "agreeing on direct calls", signal);
    const relayed = this.#options.admission.connectionTo(peer);
    const agreed = await follow(channel, () => this.#seen(relayed), limit.signal);
    await this.#call(peer, agreed);
  }

  async #begin(peer: string, connection: Connection): Promise<void> {
    const { signal } = this.#options;
    let agreed: Agreed | undefined;
    for (let attempt = 0; attempt < ATTEMPTS && connection.status === "open"; attempt++) {
      await this.#paced(peer);
      if (this.#isDirect(peer)) return;
      agreed = await this.#agree(connection);
      await this.#call(peer, agreed);
      if (agreed.addresses.length === 0) break;
    }
    if (!agreed || this.#isDirect(peer) || signal.aborted || this.#told.has(peer)) return;
    this.#told.add(peer);
    const why = agreed.addresses.length === 0
      ? "no relay or member that speaks QUIC tells both where they are seen (a relay's --quic)"
      : `nothing answered at ${agreed.addresses.join(", ")}`;
    this.#options.warn(`it is reached through a relay and stays so, calls over UDP came to nothing: ${why}`, peer);
  }

  /** Waits until the member takes it for no insistence. */
  async #paced(peer: string): Promise<void> {
    const due = (this.#began.get(peer) ?? -Infinity) + 2 * PACE;
    await sleep(Math.max(0, due - world.elapsed()), this.#options.signal);
    this.#began.set(peer, world.elapsed());
  }

  async #agree(connection: Connection): Promise<Agreed> {
    const { open, signal } = this.#options;
    using limit = new Deadline(AGREEING, "agreeing on direct calls", signal);
    const own = await this.#seen(connection);
    const channel = await open(connection, limit.signal);
    try {
      const agreed = await lead(channel, own, limit.signal);
      await channel.close();
      return agreed;
    } catch (error) {
      channel.abort(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  /** Calls where agreed; the other may be quicker. */
  async #call(peer: string, { addresses, wait }: Agreed): Promise<void> {
    const { admission, signal, debug } = this.#options;
    if (addresses.length === 0) return;
    await sleep(wait, signal);
    using limit = new Deadline(CALLING, "calling over UDP", signal);
    const calls = addresses.map(async (address) => {
      // past libp2p's queue, in which calls to one member wait for each other
      const called = multiaddr(`${address}/p2p/${peer}`);
      const connection = await this.#components.transportManager.dial(called, { signal: limit.signal });
      await admission.settled(connection);
    });
    await Promise.any(calls).catch((error) => debug(`calling ${peer} over UDP: ${messageOf(error)}`));
  }

  /** Where this peer is seen: by the relay that carries `relayed`, which is called over QUIC for it, or by others. */
  async #seen(relayed: Connection | undefined): Promise<string[]> {
    const relay = relayed && relayOf(relayed.remoteAddr);
    if (relay !== undefined) {
      const addresses = await this.#addressesOf(relay);
      const asked = FAMILIES.filter((family) => !this.#observed.isSeenBy(relay, family)).map((family) =>
        this.#ask(addresses.filter((address) => familyOf(address) === family))
      );
      const both = Promise.allSettled(asked);
      await Promise.any(asked).catch((error) => this.#options.debug(`asking the relay ${relay}: ${messageOf(error)}`));
      using limit = new Deadline(OTHER_FAMILY, "asking a relay in the other family", this.#options.signal);
      await raceAbort(both, limit.signal).catch(() => {}); // there may be no way there
    }
    return this.#observed.addresses().filter(isPlace).slice(0, MOST_ADDRESSES);
  }

  /** Calls a relay until it has told where it sees this peer. @throws if it is not reached at any of `addresses` */
  async #ask(addresses: readonly Multiaddr[]): Promise<void> {
    using limit = new Deadline(OBSERVING, "asking a relay where it sees this peer", this.#options.signal);
    for (const address of addresses) {
      try {
        const connection = await this.#components.transportManager.dial(address, { signal: limit.signal });
        return await this.#observed.told(connection, limit.signal);
      } catch (error) {
        this.#options.debug(`calling the relay ${address}: ${messageOf(error)}`);
      }
    }
    throw new Error("it is not reached");
  }

  /** Where a relay is called over QUIC: as it is configured, or as it says itself. */
  async #addressesOf(relay: string): Promise<Multiaddr[]> {
    const configured = (this.#options.relays.configured.get(relay) ?? []).map((text) => multiaddr(text));
    const known = await this.#components.peerStore.get(peerIdFromString(relay)).catch(() => undefined);
    const told = (known?.addresses ?? []).map(({ multiaddr: address }) =>
      peerOf(address) === undefined ? multiaddr(`${address}/p2p/${relay}`) : address
    );
    return [...new Map([...configured, ...told].filter(isQuic).map((one) => [`${one}`, one])).values()];
  }

  #isDirect(peer: string): boolean {
    return this.#options.admission.connectionTo(peer)?.direct === true;
  }
}
