/**
 * Swaps: short conversations in which both sides give what they hold and take what the other does. Either side begins
 * one when they meet and whenever it holds something new; one at a time with each member. One that comes to nothing is
 * begun again after a while, since the two may neither part nor hear anything new.
 *
 * @module
 */
import { sleep } from "../../core/deadline.ts";
import { messageOf } from "../../core/errors.ts";
import type { FrameChannel } from "./channel.ts";
import { pauseAfter } from "./pauses.ts";
import type { ChannelHandler, Peers } from "./peers.ts";

/** What swaps go over. */
export interface SwapLink {
  peers: Pick<Peers, "present" | "use" | "signal">;
  debug: (line: string) => void;
}

/** What {@linkcode Swaps} works with. */
export interface SwapsOptions {
  /** The protocol's id. */
  protocol: string;
  /** What is done, as a warning begins with it. */
  doing: string;
  /** What both sides of a stream run; a throw resets it. */
  swap: (channel: FrameChannel, peer: string, signal: AbortSignal) => Promise<void>;
  /** Where they go; undefined: nowhere yet. */
  link: () => SwapLink | undefined;
  /** One that this side began is over, whichever way. @default nobody asks */
  ended?: () => void;
}

/** The swaps of one protocol with all members. */
export class Swaps {
  readonly #options: SwapsOptions;
  /** Those under way, and whether another is due after it. */
  readonly #running = new Map<string, { task: Promise<void>; again: boolean }>();
  /** Members that do not speak the protocol. */
  readonly #silent = new Set<string>();
  /** Members with which the last one came to nothing, and how many did in a row. */
  readonly #failed = new Map<string, number>();
  /** Those of them with which another one is begun after a while. */
  readonly #pausing = new Set<string>();

  /** None is begun before it is asked for. */
  constructor(options: SwapsOptions) {
    this.#options = options;
  }

  /** What the node serves. */
  handlers(): Record<string, ChannelHandler> {
    const { protocol, doing, swap } = this.#options;
    const serve: ChannelHandler["serve"] = async (channel, peer, signal) => {
      await swap(channel, peer, signal);
      this.#failed.delete(peer);
    };
    return { [protocol]: { kind: "control", doing, serve } };
  }

  /** A member came, perhaps with another version of the program. */
  joined(peer: string): void {
    this.#silent.delete(peer);
    this.begin(peer);
  }

  /** Begins one with every member that is there, but for one. */
  beginAll(but?: string): void {
    for (const peer of this.#options.link()?.peers.present() ?? []) if (peer !== but) this.begin(peer);
  }

  /** Begins one with `peer`, after the one that is under way. */
  begin(peer: string): void {
    const { protocol, doing, swap, ended, link } = this.#options;
    const reached = link();
    if (!reached || this.#silent.has(peer)) return;
    const running = this.#running.get(peer);
    if (running) {
      running.again = true;
      return;
    }
    const { peers, debug } = reached;
    const work = (channel: FrameChannel) => swap(channel, peer, peers.signal);
    const task = peers.use(peer, { protocol, kind: "control" }, work).then(
      () => void this.#failed.delete(peer),
      (error) => {
        this.#failed.set(peer, (this.#failed.get(peer) ?? 0) + 1);
        if (error instanceof Error && error.name === "UnsupportedProtocolError") this.#silent.add(peer);
        debug(`${doing} with ${peer}: ${messageOf(error)}`);
        void this.#beginAgain(peer, peers);
      },
    ).finally(() => {
      const isDue = this.#running.get(peer)?.again && !peers.signal.aborted;
      this.#running.delete(peer);
      if (isDue) this.begin(peer);
      ended?.();
    });
    this.#running.set(peer, { task, again: false });
  }

  /** Unless one has come about meanwhile, or the member has gone: it is begun then when it comes. */
  async #beginAgain(peer: string, peers: SwapLink["peers"]): Promise<void> {
    if (this.#pausing.has(peer)) return;
    this.#pausing.add(peer);
    await sleep(pauseAfter(this.#failed.get(peer)!), peers.signal).catch(() => {}); // the peer stops
    this.#pausing.delete(peer);
    if (!peers.signal.aborted && this.#failed.has(peer) && peers.present().includes(peer)) this.begin(peer);
  }

  /** The members that are there and, as far as is known, swap. */
  answering(): string[] {
    const isOne = (peer: string) => !this.#silent.has(peer) && !this.#failed.has(peer);
    return (this.#options.link()?.peers.present() ?? []).filter(isOne);
  }

  /** Resolves when none is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running.values()].map(({ task }) => task));
  }
}
