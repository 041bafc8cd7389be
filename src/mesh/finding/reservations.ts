/**
 * Keeps slots at relays, so that members reach a peer that nobody can call directly: asked for again, for ever, when a
 * relay was away.
 *
 * @module
 */
import type { CircuitRelayTransportComponents } from "@libp2p/circuit-relay-v2";
import type { Connection, PeerId, Startable } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import type { Rng } from "../../core/rng.ts";
import { Deadline, raceAbort } from "../../core/deadline.ts";
import { type Timer, world } from "../../core/world.ts";
import { type AttemptOutcome, RedialLoop } from "./redial_loop.ts";
import { isRelayed } from "./multiaddrs.ts";
import type { Relays } from "./relays.ts";

/** Longest wait for a relay to answer, in milliseconds. */
const TIMEOUT = 20_000;

/** Addresses announced by way of one relay. */
const ADDRESSES_PER_RELAY = 2;

/** Slots that a peer asks other members for. */
const MEMBER_SLOTS = 2;

interface Reservation {
  relay: PeerId;
  details: { reservation: { addrs: Uint8Array[] } };
}

/** The part of libp2p's circuit relay transport that holds its slots. */
interface ReservationStore {
  addEventListener(type: string, listener: (event: CustomEvent<Reservation>) => void): void;
  removeEventListener(type: string, listener: (event: CustomEvent<Reservation>) => void): void;
  addRelay(relay: PeerId, type: "configured"): Promise<Reservation>;
  /** Relays that failed once and would not be tried again; private there. */
  relayFilter: { has(id: Uint8Array): boolean; add(id: Uint8Array): void };
}

/** What {@linkcode Reservations} works with. */
export interface ReservationsOptions {
  relays: Relays;
  /**
   * Milliseconds that the other members have to call this peer; if none does, it asks members for slots. @default 10000
   */
  uncalledTime?: number;
  rng: Rng;
  /** Told of each attempt at a slot, begun at `since`, that failed. */
  failed?: (relay: string, error: unknown, since: number) => void;
  /** Told of each slot. */
  reserved?: (relay: string) => void;
  debug: (message: string) => void;
}

/** A service of libp2p's that reserves at configured relays, and at members where nobody calls. */
export class Reservations implements Startable {
  readonly #components: CircuitRelayTransportComponents;
  readonly #options: ReservationsOptions;
  readonly #redial: RedialLoop;
  /** Addresses announced by way of a relay, by its peer id. */
  readonly #announced = new Map<string, string[]>();
  /** Members that this peer called and that are here. */
  readonly #members = new Map<string, PeerId>();
  #store: ReservationStore | undefined;
  #timer: Timer | undefined;
  #wasCalled = false;

  constructor(components: CircuitRelayTransportComponents, options: ReservationsOptions) {
    this.#components = components;
    this.#options = options;
    const attempt = async (relay: string, signal: AbortSignal) => {
      const since = world.now();
      try {
        return await this.#reserve(relay, signal);
      } catch (error) {
        options.failed?.(relay, error, since);
        throw error;
      }
    };
    this.#redial = new RedialLoop({ rng: options.rng, debug: options.debug, attempt });
  }

  /** The transports are there only once everything is being started. */
  start(): void {
    const isCircuit = ({ [Symbol.toStringTag]: tag }: { [Symbol.toStringTag]: string }) =>
      tag === "@libp2p/circuit-relay-v2-transport";
    const transport = this.#components.transportManager.getTransports().find(isCircuit);
    this.#store = (transport as unknown as { reservationStore: ReservationStore }).reservationStore;
    this.#store.relayFilter = { has: () => false, add: () => {} };
    this.#store.addEventListener("relay:created-reservation", this.#onReserved);
    this.#store.addEventListener("relay:removed", this.#onRemoved);
  }

  /** Begins to reserve. */
  afterStart(): void {
    for (const relay of this.#options.relays.configured.keys()) this.#redial.add(relay);
  }

  /** Lets go of all slots. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#store?.removeEventListener("relay:created-reservation", this.#onReserved);
    this.#store?.removeEventListener("relay:removed", this.#onRemoved);
    await this.#redial.stop();
  }

  /** A member was admitted by `connection`. */
  joined({ direct, direction, remotePeer }: Connection): void {
    // a way to a member may change while all connections are closed
    if (!direct || this.#redial.signal.aborted) return;
    if (direction === "inbound") this.#wasCalled = true;
    else this.#members.set(remotePeer.toString(), remotePeer);
    this.#timer?.cancel();
    this.#timer = world.after(this.#options.uncalledTime ?? 10_000, () => this.#askMembers());
  }

  /** A member is gone. */
  left(peer: string): void {
    this.#members.delete(peer);
    if (this.#options.relays.configured.has(peer)) return;
    this.#redial.remove(peer);
    this.#askMembers();
  }

  /** Nobody calls this peer: members that it called itself carry the connections of those that it did not. */
  #askMembers(): void {
    if (this.#wasCalled) return;
    const { configured } = this.#options.relays;
    const slots = [...this.#members.keys()].filter((peer) => !configured.has(peer)).slice(0, MEMBER_SLOTS);
    for (const peer of slots.slice(0, Math.max(0, MEMBER_SLOTS - configured.size))) this.#redial.add(peer);
  }

  async #reserve(relay: string, signal: AbortSignal): Promise<AttemptOutcome> {
    using limit = new Deadline(TIMEOUT, "reserving a slot", signal);
    const { connectionManager } = this.#components;
    const addresses = this.#options.relays.configured.get(relay)?.map((address) => multiaddr(address));
    const member = this.#members.get(relay);
    const target = addresses ?? member;
    if (!target) return "not wanted";
    const { remotePeer } = await connectionManager.openConnection(target, { signal: limit.signal });
    await raceAbort(this.#store!.addRelay(remotePeer, "configured"), limit.signal);
    return "connected";
  }

  readonly #onReserved = ({ detail: { relay, details } }: CustomEvent<Reservation>) => {
    this.#withdraw(relay.toString());
    const addresses = details.reservation.addrs.map((bytes) => multiaddr(bytes)).filter((address) =>
      !isRelayed(address)
    )
      .slice(0, ADDRESSES_PER_RELAY).map((address) => `${address}/p2p-circuit`);
    this.#announced.set(relay.toString(), addresses);
    this.#options.reserved?.(relay.toString());
    for (const address of addresses) {
      this.#components.addressManager.confirmObservedAddr(multiaddr(address), { type: "observed" });
    }
  };

  readonly #onRemoved = ({ detail }: CustomEvent<Reservation>) => {
    const relay = detail.relay.toString();
    this.#withdraw(relay);
    if (this.#options.relays.configured.has(relay) || this.#members.has(relay)) this.#redial.lost(relay);
  };

  #withdraw(relay: string): void {
    for (const address of this.#announced.get(relay) ?? []) {
      this.#components.addressManager.removeObservedAddr(multiaddr(address));
    }
    this.#announced.delete(relay);
  }
}
