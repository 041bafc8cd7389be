/**
 * Brings this peer's heads to everybody: by gossipsub, and directly to whom it does not reach.
 *
 * @module
 */
import { messageOf } from "../../core/errors.ts";
import { Deadline } from "../../core/deadline.ts";
import type { Background } from "../protocols/background.ts";
import type { FrameChannel } from "../protocols/channel.ts";
import type { Peers } from "../protocols/peers.ts";
import type { Head } from "./head.ts";
import { HEAD_PROTOCOL, type Heads } from "./heads.ts";

/** What {@linkcode Announcer} works with. */
export interface AnnouncerOptions {
  heads: Heads;
  peers: Peers;
  /** This peer's head as it is now. */
  own: () => Promise<Head>;
  /** Told the latest head of a peer with which heads were swapped, which may have come by way of others before. */
  swapped: (peer: string, head: Head) => void;
  /** Longest wait for a head, in milliseconds. */
  stepTimeout: number;
  background: Background;
  warn: (message: string) => void;
}

/** Announces, and swaps heads. */
export class Announcer {
  readonly #options: AnnouncerOptions;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /** Tells everybody this peer's head. Never throws. */
  async announce(): Promise<void> {
    const { heads, peers, own, warn } = this.#options;
    try {
      const reached = await heads.announce(await own());
      for (const peer of peers.present()) if (!reached.has(peer)) this.swap(peer);
    } catch (error) {
      warn(`announcing a head: ${messageOf(error)}`);
    }
  }

  /** Gives `peer` this peer's head and takes its own, in the background. */
  swap(peer: string): void {
    const { peers, background } = this.#options;
    background.run(peer, "swapping heads", () => {
      const link = { protocol: HEAD_PROTOCOL, kind: "control" } as const;
      return peers.use(peer, link, (channel) => this.swapOver(channel, peer, peers.signal));
    });
  }

  /** The same over a channel of {@linkcode HEAD_PROTOCOL} that either side has opened. */
  async swapOver(channel: FrameChannel, peer: string, signal: AbortSignal): Promise<void> {
    const { heads, swapped, stepTimeout } = this.#options;
    using limit = new Deadline(stepTimeout, "waiting for its head", signal);
    await heads.swap(channel, peer, limit.signal);
    const head = heads.latest().get(peer);
    if (head) swapped(peer, head);
  }
}
