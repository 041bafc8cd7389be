/**
 * The libp2p node of a peer, as those see it who look for others with it; `connections/node.ts` builds it.
 *
 * @module
 */
import type { GossipSub } from "@libp2p/gossipsub";
import type { KadDHT } from "@libp2p/kad-dht";
import type { Libp2p } from "libp2p";
import type { Punching } from "./punching/punching.ts";
import type { Reservations } from "./reservations.ts";

/** A node with its services. */
export type Node = Libp2p<
  & { pubsub: GossipSub; reservations: Reservations; table?: KadDHT; punching?: Punching }
  & Record<string, unknown>
>;
