/**
 * Where this peer and the others stand: tells everybody its own head, and keeps theirs.
 *
 * @module
 */
import type { Averaging } from "./averaging/averaging.ts";
import type { Connections } from "./connections/connections.ts";
import type { FeatureSharing } from "./features/sharing.ts";
import { type Announcement, Announcements } from "./heads/announcements.ts";
import { Announcer } from "./heads/announcer.ts";
import type { Head } from "./heads/head.ts";
import { HEAD_PROTOCOL, Heads, headsTopic } from "./heads/heads.ts";
import { ownHead } from "./heads/own_head.ts";
import type { Background } from "./protocols/background.ts";
import type { ChannelHandler } from "./protocols/peers.ts";
import type { Traffic } from "./protocols/traffic.ts";

/** What a peer says of itself in a head, beside what its parts hold. */
export type OwnStanding = Pick<Head, "round" | "metrics">;

/** What {@linkcode Standings} works with. */
export interface StandingsOptions {
  consortium: string;
  /** Larger than in every earlier life of this peer, so that its heads are newer. */
  epoch: number;
  /** Its node is built. */
  connections: Connections;
  averaging: Averaging;
  features: FeatureSharing;
  traffic: Traffic;
  background: Background;
  /** This peer's id. */
  self: string;
  /** Longest wait for a head, in milliseconds. */
  stepTimeout: number;
  /** Whether a member is believed. */
  isHeard: (peer: string) => boolean;
  /** Told of each head that comes. */
  told: (peer: string, head: Head) => void;
  warn: (message: string, peer?: string) => void;
}

/** Announces where this peer stands, and knows it of the others. */
export class Standings {
  readonly #options: StandingsOptions;
  readonly #heads: Heads;
  readonly #announcer: Announcer;
  readonly #announcements = new Announcements();
  #announced: OwnStanding | undefined;

  constructor(options: StandingsOptions) {
    const { connections, features, consortium, self, epoch, background, traffic, stepTimeout, told, warn } = options;
    const { admission, finding, places, node } = connections;
    this.#options = options;
    this.#heads = new Heads({
      pubsub: node.services.pubsub,
      topic: headsTopic(consortium),
      self,
      epoch,
      isMember: (peer) => admission.isMember(peer),
      onHead: (peer, head) => {
        told(peer, head);
        finding.hear(peer, head.addresses);
        features.hear(peer, head);
      },
      onHeard: (peer, { place, otherPlace }) =>
        background.run(peer, "comparing its processes", () => places.heard(peer, place, otherPlace)),
      onClockAhead: (peer, _, sentence) => warn(sentence, peer),
      isTurnedAway: (peer, { place }) => place !== undefined && places.isTurnedAway(peer, place),
      known: () => connections.known(),
      onKnown: (peer, addresses) => finding.hear(peer, addresses),
      onBytes: traffic.counter("control"),
    });
    this.#announcer = new Announcer({
      ...{ heads: this.#heads, peers: connections, stepTimeout, background, warn },
      own: () => this.#own(),
      swapped: (peer, head) => features.hear(peer, head),
    });
  }

  /** Begins to listen; the node must be running. */
  start(): void {
    this.#heads.start();
  }

  /** Ends listening. */
  stop(): void {
    this.#heads.stop();
  }

  /** What the node serves; `standings` are asked for when the first comes, as the node is built before them. */
  static handlers(standings: () => Standings): Record<string, ChannelHandler> {
    const serve: ChannelHandler["serve"] = (channel, peer, signal) =>
      standings().#announcer.swapOver(channel, peer, signal);
    return { [HEAD_PROTOCOL]: { kind: "control", doing: "swapping heads", serve } };
  }

  /** What this peer announced last; undefined before the first. */
  get announced(): OwnStanding | undefined {
    return this.#announced;
  }

  /** Tells everybody where this peer stands now: there, or where it stood before if that is not given. Never throws. */
  async announce(standing = this.#announced): Promise<void> {
    this.#announced = standing;
    await this.#announcer.announce();
  }

  /** Gives `peer` this peer's head and takes its own, in the background. */
  swap(peer: string): void {
    this.#announcer.swap(peer);
  }

  /** The latest head of every member that is believed. */
  latest(): Map<string, Head> {
    return new Map([...this.#heads.latest()].filter(([peer]) => this.#options.isHeard(peer)));
  }

  /** What those say of the training that this peer is in. */
  announcements(): Announcement[] {
    return this.#announcements.of(this.latest());
  }

  async #own(): Promise<Head> {
    const { connections, averaging, features } = this.#options;
    const { own: place, proof: otherPlace } = connections.places;
    const head = await ownHead({
      ...{ addresses: connections.addresses(), place, otherPlace },
      ...{ state: averaging.state, released: features.released, announced: this.#announced },
    });
    this.#announcements.own = head;
    return head;
  }
}
