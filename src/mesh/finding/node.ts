/**
 * The libp2p node of a peer: as much of it as a peer works with. `connections/node.ts` builds it.
 *
 * @module
 */
import type { GossipSub } from "@libp2p/gossipsub";
import type { KadDHT } from "@libp2p/kad-dht";
import type { Libp2p } from "libp2p";
import type { Forwarding } from "./forwarding/forwarding.ts";
import type { Punching } from "./punching/punching.ts";
import type { Reservations } from "./reservations.ts";

/** What a peer asks of libp2p's node. */
type Parts =
  | "addEventListener"
  | "dial"
  | "dispatchEvent"
  | "getConnections"
  | "getMultiaddrs"
  | "getPeers"
  | "handle"
  | "peerId"
  | "removeEventListener"
  | "start"
  | "stop";

/** A node with its services. */
export interface Node extends Pick<Libp2p, Parts> {
  readonly services: {
    readonly pubsub: Pick<
      GossipSub,
      "topicValidators" | "addEventListener" | "removeEventListener" | "subscribe" | "publish"
    >;
    readonly reservations: Pick<Reservations, "joined" | "left">;
    readonly table?: KadDHT;
    readonly punching?: Punching;
    forwarding?: Forwarding;
  };
}
