/**
 * Frames over one libp2p stream, both ways, composed as it-pipe does: frames -> encodeFrames -> stream -> decodeFrames
 * -> frames.
 *
 * @module
 */
import type { Stream } from "@libp2p/interface";
import { messageStreamToDuplex } from "@libp2p/utils";
import { pipe } from "it-pipe";
import { type Bytes, fromUtf8, utf8 } from "../../core/bytes.ts";
import { raceAbort } from "../../core/deadline.ts";
import { ByteBudget } from "./byte_budget.ts";
import {
  CutFrameError,
  decodeFrames,
  DEFAULT_LIMITS,
  encodeFrames,
  type Frame,
  FrameError,
  type FrameLimits,
  HEADER_BYTES,
} from "./frame.ts";
import { markIdle } from "./idle_streams.ts";
import type { Line } from "./line.ts";
import { type DuePayload, PayloadMemories } from "./payload_memory.ts";

/** The remote ended the stream where an answer was due. */
export class ChannelClosedError extends Error {
  override name = "ChannelClosedError";
}

const NOT_SENT = "the stream closed before everything was sent";

/** A stream that closes while its sink waits for room rejects with the event, which is no error. */
function isClosing(error: unknown): boolean {
  return error instanceof Event && error.type === "close";
}

/** Options of {@linkcode FrameChannel}. */
export interface FrameChannelOptions {
  /** @default DEFAULT_LIMITS */
  limits?: FrameLimits;
  /** Received and unread bytes beyond which the remote is cut off; a peer only sends what was asked. @default 16 MiB */
  maxUnread?: number;
  /** Of all channels with one peer: beyond it the remote is cut off. @default each channel has one of its own */
  budget?: ByteBudget;
  /** What it goes over, where that is limited. @default nothing limits it */
  line?: Line;
  /** Bytes that count as sent or received already: of the same work, over earlier channels. @default 0 */
  bytes?: number;
  /** Told the bytes of every frame, header included. */
  onBytes?: (direction: "sent" | "received", bytes: number) => void;
}

/** What a frame of kind `message` says. @throws {FrameError} if it is no JSON */
export function parseMessage({ payload }: Pick<Frame, "payload">): unknown {
  try {
    return JSON.parse(fromUtf8(payload));
  } catch (cause) {
    throw new FrameError("a message must be JSON in UTF-8", { cause });
  }
}

/**
 * Holds one frame until the encoder has taken it and comes back for more, which it does once the stream has drained.
 */
class Outbox implements AsyncIterable<Frame> {
  #queue: { frame: Frame; resolve: () => void; reject: (error: unknown) => void }[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #failure: unknown;

  put(frame: Frame): Promise<void> {
    if (this.#ended) return Promise.reject(this.#failure ?? new ChannelClosedError("the stream is closed for writing"));
    return new Promise((resolve, reject) => {
      this.#queue.push({ frame, resolve, reject });
      this.#wake?.();
    });
  }

  end(failure?: unknown): void {
    this.#ended = true;
    if (failure !== undefined) {
      this.#failure ??= failure;
      for (const { reject } of this.#queue.splice(0)) reject(failure);
    }
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Frame> {
    while (true) {
      const next = this.#queue[0];
      if (next) {
        yield next.frame;
        next.resolve();
        if (this.#queue[0] === next) this.#queue.shift();
      } else if (this.#ended) return;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}

/** Frames over a stream. Every wait takes an AbortSignal; whoever gives up calls {@linkcode FrameChannel.abort}. */
export class FrameChannel {
  /** What it goes over, where a relay limits that. */
  readonly line: Line | undefined;
  readonly #stream: Stream;
  readonly #outbox = new Outbox();
  readonly #inbox: Required<Frame>[] = [];
  readonly #budget: ByteBudget;
  readonly #onBytes: NonNullable<FrameChannelOptions["onBytes"]>;
  readonly #sink: Promise<void>;
  readonly #memories = new PayloadMemories();
  #unread = 0;
  #ended = false;
  #isOver = false;
  #failure: unknown;
  #wake: (() => void) | undefined;
  #bytes: number;

  /** Frames over `stream`, which is the channel's own from now on. */
  constructor(stream: Stream, options: FrameChannelOptions = {}) {
    const { limits = DEFAULT_LIMITS, maxUnread = 16 * 1024 * 1024, onBytes = () => {} } = options;
    this.#stream = stream;
    this.line = options.line;
    this.#bytes = options.bytes ?? 0;
    this.#budget = options.budget ?? new ByteBudget(maxUnread);
    this.#onBytes = onBytes;
    const duplex = messageStreamToDuplex(stream);
    this.#sink = pipe(this.#outbox, encodeFrames, duplex.sink).then(
      // a sink whose stream has closed under it ends without an error, and takes no more
      () => this.#outbox.end(new ChannelClosedError(NOT_SENT)),
      (error) => this.#fail(isClosing(error) ? new ChannelClosedError(NOT_SENT) : error),
    );
    pipe(
      duplex.source,
      decodeFrames(limits, this.#budget, this.#memories),
      (frames) => this.#collect(frames, maxUnread),
    )
      .catch((error) =>
        // of a connection that is lost, libp2p ends the streams without an error
        this.#fail(error instanceof CutFrameError ? new ChannelClosedError(error.message, { cause: error }) : error)
      );
  }

  /** Bytes sent and received so far, headers included. */
  get bytes(): number {
    return this.#bytes;
  }

  async #collect(frames: AsyncIterable<Required<Frame>>, maxUnread: number): Promise<void> {
    for await (const frame of frames) {
      if (this.#isOver) {
        this.#budget.release(frame.payload.length);
        continue;
      }
      this.#count("received", frame);
      this.#unread += frame.payload.length + HEADER_BYTES;
      if (this.#unread > maxUnread) {
        this.#budget.release(frame.payload.length);
        throw new RangeError(
          `the remote sent ${this.#unread} bytes that nobody asked for, at most ${maxUnread} are held`,
        );
      }
      this.#inbox.push(frame);
      this.#wake?.();
    }
    this.#ended = true;
    this.#wake?.();
  }

  #count(direction: "sent" | "received", frame: Frame): void {
    const bytes = frame.payload.length + HEADER_BYTES;
    this.#bytes += bytes;
    this.#onBytes(direction, bytes);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#ended = true;
    this.#outbox.end(this.#failure);
    this.#wake?.();
    if (this.#stream.status === "open") this.#stream.abort(error instanceof Error ? error : new Error(String(error)));
  }

  /** Resolves once the stream has taken the frame; its payload must not change before the exchange is over. */
  async send(frame: Frame, signal?: AbortSignal): Promise<void> {
    await raceAbort(this.#outbox.put(frame), signal);
    this.#count("sent", frame);
  }

  /** Sends `message` as JSON. */
  sendMessage(message: unknown, signal?: AbortSignal): Promise<void> {
    return this.send({ kind: "message", payload: utf8(JSON.stringify(message)) }, signal);
  }

  /**
   * The next frame.
   *
   * @throws {ChannelClosedError} if the remote ended the stream instead.
   * @throws {FrameError} if the remote broke the wire format.
   */
  async receive(signal?: AbortSignal): Promise<Required<Frame>> {
    while (this.#inbox.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) throw new ChannelClosedError("the remote closed the stream before it answered");
      await raceAbort(new Promise<void>((resolve) => this.#wake = resolve), signal);
    }
    const frame = this.#inbox.shift()!;
    this.#unread -= frame.payload.length + HEADER_BYTES;
    this.#budget.release(frame.payload.length);
    return frame;
  }

  /** The next frame, which must be a message that `parse` accepts; `parse` throws otherwise. */
  async receiveMessage<T>(parse: (value: unknown) => T, signal?: AbortSignal): Promise<T> {
    const { kind, payload } = await this.receive(signal);
    if (kind !== "message") throw new RangeError(`a message was due, the remote sent ${kind}`);
    return parse(parseMessage({ payload }));
  }

  /** The next frame, which must be raw bytes; with their digest. */
  async receiveBytes(signal?: AbortSignal): Promise<{ payload: Bytes; digest: Bytes }> {
    const { kind, payload, digest } = await this.receive(signal);
    if (kind !== "bytes") throw new RangeError(`raw bytes were due, the remote sent a ${kind}`);
    return { payload, digest };
  }

  /**
   * Waits for what does not depend on the remote alone: nothing is under way meanwhile, so that a remote that gives no
   * sign of life is not excused by a transfer (`finding/liveness.ts`).
   */
  async idle<T>(waiting: () => Promise<T>): Promise<T> {
    using _idle = markIdle(this.#stream);
    return await waiting();
  }

  /** Raw bytes are about to be asked for: they are put into their place as they come. */
  expect(due: DuePayload): void {
    this.#memories.expect(due);
  }

  /** Those that were asked for are waited for no more: the places are free from now on. */
  expectNone(): void {
    this.#memories.expectNone();
  }

  /** `payload`, which has been received, and not into a place, is looked at no more: its memory is used again. */
  reuse(payload: Bytes): void {
    this.#memories.give(payload);
  }

  /** Ends this side's part: resolves once everything has been handed over. What still comes is not kept. */
  async close(): Promise<void> {
    this.#outbox.end();
    await this.#sink;
    markIdle(this.#stream); // until the remote ends its part, too
    this.#drop();
  }

  /** What has come, and still comes, is not read by anybody. */
  #drop(): void {
    this.#isOver = true;
    for (const { payload } of this.#inbox.splice(0)) this.#budget.release(payload.length);
  }

  /** Resets the stream; the remote sees an error, not a normal end. */
  abort(error: Error): void {
    this.#drop();
    this.#fail(error);
  }
}
