/** Conversations in which somebody changes what the remote sends. */
import type { Stream } from "@libp2p/interface";
import { messageStreamToDuplex, streamPair } from "@libp2p/utils";
import { multiaddr } from "@multiformats/multiaddr";
import type { Bytes } from "../../../src/core/bytes.ts";
import { Deadline, raceAbort } from "../../../src/core/deadline.ts";
import { FrameChannel } from "../../../src/mesh/protocols/channel.ts";
import { decodeFrames, type Frame } from "../../../src/mesh/protocols/frame.ts";
import { bytesOfFrame, changed, type Mutation } from "./_mutations.ts";

/**
 * How long a stream on which nothing comes any more after its mutation stays open, in milliseconds; only how it fails
 * depends on it.
 */
const PATIENCE = 5;

/**
 * Without addresses of its own, every pair of streams takes two ports of 65535 for its name, and then there are none
 * left.
 */
const connection = { remoteAddr: multiaddr("/ip4/127.0.0.1/tcp/1") };
const ADDRESSED = { inboundConnection: connection, outboundConnection: connection };

/** How one side's part ended. */
export type Ending<T> = { value: T } | { error: unknown };

/** What came of a conversation. */
export interface Conversation<T> {
  /** How the honest side's part ended. */
  honest: Ending<T>;
  /** Whether the mutation met a frame. */
  mutated: boolean;
}

async function ending<T>(work: Promise<T>): Promise<Ending<T>> {
  try {
    return { value: await work };
  } catch (error) {
    return { error };
  }
}

/** Lets bytes through as they are. */
function forward(from: Stream, to: Stream): Promise<void> {
  const sink = messageStreamToDuplex(to).sink;
  return sink(messageStreamToDuplex(from).source).catch(() => {});
}

/** Applies mutations to the frames of a stream. */
class Meddler {
  mutated = false;
  readonly #mutation: Mutation;
  readonly #seen: Frame[] = [];

  constructor(mutation: Mutation) {
    this.#mutation = mutation;
  }

  async *meddle(frames: AsyncGenerator<Required<Frame>>): AsyncGenerator<Bytes> {
    for (let number = 0;; number++) {
      const next = await this.#next(frames);
      if (!next) return;
      const hit = number === this.#mutation.frame;
      this.#seen.push(next);
      if (hit) this.mutated = true;
      if (hit) yield* this.#changed(next);
      else yield await bytesOfFrame(next);
      if (hit && this.#mutation.do === "truncate") return;
    }
  }

  /** The next frame; after the mutation nobody knows whether one will come. */
  async #next(frames: AsyncGenerator<Required<Frame>>): Promise<Frame | undefined> {
    const next = frames.next().then(({ value }): Frame | undefined => value || undefined, () => undefined);
    if (!this.mutated) return await next;
    using limit = new Deadline(PATIENCE, "waiting for more");
    return await raceAbort(next, limit.signal).catch(() => undefined);
  }

  async *#changed(frame: Frame): AsyncGenerator<Bytes> {
    const mutation = this.#mutation;
    if (mutation.do === "drop") return;
    if (mutation.do !== "replay") return void (yield await changed(frame, mutation));
    yield await bytesOfFrame(frame);
    yield await bytesOfFrame(this.#seen[mutation.which % this.#seen.length]);
  }
}

/**
 * Lets `honest` and `remote` talk while one frame of the remote's is mutated. Fails if the honest side is still waiting
 * when everything that was going to come has come.
 */
export async function converse<T>(
  mutation: Mutation,
  honest: (channel: FrameChannel) => Promise<T>,
  remote: (channel: FrameChannel) => Promise<unknown>,
): Promise<Conversation<T>> {
  const [[near, nearWire], [farWire, far]] = await Promise.all([streamPair(ADDRESSED), streamPair(ADDRESSED)]);
  const meddler = new Meddler(mutation);
  const frames = decodeFrames()(messageStreamToDuplex(farWire).source);
  const [own, other] = [new FrameChannel(near), new FrameChannel(far)];
  const forwarding = forward(nearWire, farWire);
  const meddling = messageStreamToDuplex(nearWire).sink(meddler.meddle(frames)).catch(() => {});
  const remoteEnds = ending(remote(other).then(() => other.close()));
  const honestEnds = await ending(honest(own));
  const over = new Error("the conversation is over");
  for (const stream of [near, far, nearWire, farWire]) if (stream.status === "open") stream.abort(over);
  await Promise.all([remoteEnds, forwarding, meddling]);
  return { honest: honestEnds, mutated: meddler.mutated };
}
