/**
 * Members meet in a distributed hash table of their own, under the consortium's id: who knows one of them finds all.
 *
 * The table is Kademlia's as libp2p speaks it, under a protocol of the consortium's, among admitted members only. What
 * it says is where a member may be called, a hint like any other:
 * https://github.com/libp2p/specs/blob/master/kad-dht/README.md
 *
 * @module
 */
import { type KadDHT, kadDHT, type KadDHTComponents, passthroughMapper } from "@libp2p/kad-dht";
import type { Connection } from "@libp2p/interface";
import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import { messageOf } from "../../core/errors.ts";
import { sha256, utf8 } from "../../core/bytes.ts";
import { Deadline } from "../../core/deadline.ts";
import { type Timer, world } from "../../core/world.ts";
import type { Admission } from "../admission/admission.ts";
import type { Gate } from "../admission/gate.ts";

/** Codes of multiformats: https://github.com/multiformats/multicodec/blob/master/table.csv */
const RAW = 0x55;
const SHA2_256 = 0x12;

/** Longest time of one turn at the table, in milliseconds. */
const TIMEOUT = 60_000;

/** Milliseconds between turns while nobody comes. */
const INTERVAL = 10 * 60_000;

/** The place of a consortium in tables of its kind, from its name alone. */
export async function rendezvousOf(consortium: string): Promise<{ protocol: string; place: CID }> {
  const digest = await sha256(utf8(`syncytium/rendezvous/1 ${consortium}`));
  return {
    protocol: `/syncytium/${digest.toHex().slice(0, 16)}/kad/1.0.0`,
    place: CID.createV1(RAW, createDigest(SHA2_256, digest)),
  };
}

/**
 * The table as a service of libp2p's: every member keeps its part, whatever its address, and private addresses count.
 * It asks over accepted connections only, relayed ones too; whom to call is discovery's business.
 */
export function rendezvousTable(
  protocol: string,
  { admission, gate }: { admission: Admission; gate: Gate },
): (components: KadDHTComponents) => KadDHT {
  const openConnection: KadDHTComponents["connectionManager"]["openConnection"] = (target) => {
    const connection = admission.connectionTo(String(target));
    if (!connection) return Promise.reject(new Error("the member is not connected"));
    const newStream: Connection["newStream"] = (protocols, options) =>
      connection.newStream(protocols, { ...options, runOnLimitedConnection: true });
    return Promise.resolve(Object.create(connection, { newStream: { value: newStream } }));
  };
  return (components) => {
    const { connectionManager, registrar } = components;
    const gated = {
      registrar: { value: gate.registrar(registrar) },
      connectionManager: { value: Object.create(connectionManager, { openConnection: { value: openConnection } }) },
    };
    const make = kadDHT({ protocol, clientMode: false, peerInfoMapper: passthroughMapper });
    return make(Object.create(components, gated));
  };
}

/** What {@linkcode Rendezvous} works with. */
export interface RendezvousOptions {
  table: KadDHT;
  place: CID;
  /** Whether every member is connected: then nobody needs the table. */
  isComplete: () => boolean;
  /** A member may be called at `addresses`. */
  hear: (peer: string, addresses: readonly string[]) => void;
  /** Milliseconds after a member has come or gone before the table is asked: many come at once. @default 3000 */
  calm?: number;
  /** Ends it: the peer stops. */
  signal: AbortSignal;
  debug: (message: string) => void;
}

/**
 * Writes this peer into the table and reads who else is there, while members are missing: when one comes or goes, and
 * from time to time.
 */
export class Rendezvous {
  readonly #options: RendezvousOptions;
  #timer: Timer | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: RendezvousOptions) {
    this.#options = options;
  }

  /** A member has come, by whom others may be found, or gone, who may look for this peer. */
  changed(): void {
    this.#plan(this.#options.calm ?? 3_000);
  }

  /** Resolves once nothing is under way any more; the signal has been aborted. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#turn;
  }

  #plan(wait: number): void {
    this.#timer?.cancel();
    if (this.#options.signal.aborted) return;
    this.#timer = world.after(wait, () => {
      this.#turn = this.#turn.then(() => this.#visit());
      this.#plan(INTERVAL);
    });
  }

  async #visit(): Promise<void> {
    const { table, place, isComplete, hear, signal, debug } = this.#options;
    if (signal.aborted || isComplete()) return;
    using limit = new Deadline(TIMEOUT, "the rendezvous", signal);
    try {
      for await (const _ of table.provide(place, { signal: limit.signal }));
      for await (const event of table.findProviders(place, { signal: limit.signal })) {
        if (event.name !== "PROVIDER") continue;
        for (const { id, multiaddrs } of event.providers) hear(id.toString(), multiaddrs.map(String));
      }
    } catch (error) {
      debug(`the rendezvous: ${messageOf(error)}`);
    }
  }
}
