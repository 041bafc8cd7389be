/**
 * The addresses of a peer's configuration: how calls to them end, and telling the administrator of those that fail.
 *
 * @module
 */
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { world } from "../../core/world.ts";
import {
  AddressWatch,
  type AddressWatchOptions,
  type ConfiguredAddress,
  type UnansweredAddress,
} from "./address_watch.ts";
import { type DialOutcome, dialReason, Dials, isCallTo } from "./dials.ts";
import { peerOf } from "./multiaddrs.ts";
import { WaysOut } from "./way_out.ts";

/** What {@linkcode ConfiguredAddresses} works with. */
export interface ConfiguredAddressesOptions extends AddressWatchOptions {
  /** Multiaddrs of `mesh.bootstrap`. */
  bootstrap: readonly string[];
  /** Multiaddrs of `mesh.relays`. */
  relays: readonly string[];
  /** This peer's id. */
  self: string;
  warn: (message: string) => void;
  /** Ends it: the peer stops, and what fails then is nobody's fault. */
  signal: AbortSignal;
  /** @default world.now */
  clock?: () => number;
}

/** Follows the calls to configured addresses. */
export class ConfiguredAddresses {
  /** Every call of the node's goes through here. */
  readonly dials: Dials;
  readonly #options: ConfiguredAddressesOptions;
  readonly #watch: AddressWatch;
  readonly #clock: () => number;

  constructor(options: ConfiguredAddressesOptions) {
    const { bootstrap, relays, clock = world.now } = options;
    this.#options = options;
    this.#clock = clock;
    const named = (setting: string, addresses: readonly string[], relay: boolean) =>
      addresses.map((address, i): ConfiguredAddress => ({ setting: `mesh.${setting}[${i}]`, address, relay }));
    this.#watch = new AddressWatch(
      [...named("bootstrap", bootstrap, false), ...named("relays", relays, true)],
      options,
    );
    const ways = new WaysOut({ signal: options.signal, clock });
    this.dials = new Dials((address, outcome, since) => this.#dialled(address, outcome, since), clock, ways);
  }

  /** Tells of addresses that name peers which are no members: they are not called before they are. */
  tellOfStrangers(isMember: (peer: string) => boolean): void {
    for (const one of this.#watch.addresses()) {
      const peer = peerOf(multiaddr(one.address));
      if (one.relay || peer === undefined || peer === this.#options.self) continue;
      if (isMember(peer)) continue;
      this.#options.warn(`${one.setting} (${one.address}) is not called: the peer that it names is no member`);
    }
  }

  /** A call to all of `addresses`, begun at `since`, came to nothing; most failures are known one by one already. */
  failed(addresses: readonly Multiaddr[], error: unknown, since: number): void {
    for (const address of addresses) {
      if ((this.dials.failure(address.toString())?.at ?? -Infinity) >= since) continue;
      for (const one of this.#written(address)) this.#failed(one, dialReason(error), since);
    }
  }

  /** An attempt at a slot of `relay`, begun at `since`, failed. */
  notReserved(relay: string, error: unknown, since: number): void {
    for (const one of this.#ofRelay(relay)) {
      const failure = this.dials.failure(multiaddr(one.address).toString());
      this.#failed(one, failure && failure.at >= since ? failure.reason : dialReason(error), since);
    }
  }

  /** `relay` gave a slot. */
  reserved(relay: string): void {
    for (const one of this.#ofRelay(relay)) this.#tell(this.#watch.answered(one));
  }

  /** Those that have failed and not answered since. */
  unanswered(): UnansweredAddress[] {
    return this.#watch.unanswered();
  }

  #ofRelay(relay: string): ConfiguredAddress[] {
    return this.#watch.addresses().filter((one) => one.relay && peerOf(multiaddr(one.address)) === relay);
  }

  /** The configured addresses that are `address`, peer id and all. */
  #written(address: Multiaddr): ConfiguredAddress[] {
    return this.#watch.addresses().filter((one) => !one.relay && multiaddr(one.address).equals(address));
  }

  /** Those that lead where `address` does: without a peer id, an address is answered by any member. */
  #leading(address: Multiaddr): ConfiguredAddress[] {
    return this.#watch.addresses().filter((one) => !one.relay && isCallTo(address, one.address));
  }

  #dialled(address: Multiaddr, outcome: DialOutcome, since: number): void {
    if (outcome.type === "failed") {
      for (const one of this.#written(address)) this.#failed(one, outcome.reason, since);
    } else {
      for (const one of this.#leading(address)) {
        if (outcome.type === "own") this.#watch.isOwn(one);
        else this.#tell(this.#watch.answered(one));
      }
    }
  }

  #failed(one: ConfiguredAddress, reason: string, since: number): void {
    if (this.#options.signal.aborted) return;
    this.#tell(this.#watch.failed(one, { reason, since, now: this.#clock() }));
  }

  #tell(sentence: string | undefined): void {
    if (sentence !== undefined) this.#options.warn(sentence);
  }
}
