/**
 * What connections to members are made with.
 *
 * @module
 */
import type { Libp2pOptions } from "libp2p";
import type { Settings } from "../admission/hello.ts";
import type { PlaceEvent } from "../admission/places.ts";
import type { CharterMark } from "../charter/mark.ts";
import type { Identity } from "../envelope/identity.ts";
import type { FindingOptions } from "../finding/finding.ts";
import type { Traffic } from "../protocols/traffic.ts";
import type { CertificateFiles } from "./certificate.ts";
import type { BuildNode } from "./node.ts";

/** What `Connections` works with. */
export interface ConnectionsOptions extends Omit<FindingOptions, "self" | "signal"> {
  identity: Identity;
  consortium: string;
  settings: Settings;
  /** Settings that count only where both sides have some of them. */
  comparedIfBoth?: readonly string[];
  /** What to say of the side that has a setting which the other has not. */
  oneSided?: Readonly<Record<string, string>>;
  members: readonly string[];
  listen: readonly string[];
  /** Whether the router is asked to forward what is listened on. */
  portMapping: boolean;
  announce: readonly string[];
  /** Files of the certificate for addresses to listen on that end in /wss. */
  tls?: CertificateFiles;
  /** Whether to carry connections between other members. */
  relay: boolean;
  mdns: boolean;
  /** Whether to meet in the members' hash table. */
  dht: boolean;
  /** Longest wait for a stream, in milliseconds. */
  stepTimeout: number;
  /**
   * How long a peer whose hello failed may take to join by another connection, in milliseconds. Two that dial each
   * other at once have two connections, and one of them may go during its hello; the other's takes a few round trips,
   * longer on a machine that trains. @default 2000
   */
  settlingTime?: number;
  /**
   * Milliseconds that the other members have to call this peer; if none does, it asks members for slots. @default 10000
   */
  uncalledTime?: number;
  topic: string;
  traffic: Traffic;
  /** What the hello says of this peer's charter, if it has one. */
  charter?: () => CharterMark;
  /** A hello with `peer` went well: what both said of their charters. */
  metCharter?: (peer: string, marks: { said: CharterMark; heard: CharterMark }) => void;
  joined: (peer: string) => void;
  /** `goodbye`: it said that it would. */
  left: (peer: string, goodbye: boolean) => void;
  refused: (peer: string, reason: string) => void;
  /** Told of keys that two processes use. */
  place: (event: PlaceEvent) => void;
  /** Milliseconds that a process may take to say that it is still here. @default 5000 */
  placeTime?: number;
  /** Makes the node. @default one of libp2p */
  buildNode?: BuildNode;
  /** Takes libp2p's own figures. @default nothing does */
  metrics?: Libp2pOptions["metrics"];
  warn: (message: string, peer?: string) => void;
}
