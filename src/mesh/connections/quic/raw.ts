/**
 * One QUIC connection as libp2p takes a TCP socket: bytes both ways, over the one stream that its caller opens.
 *
 * @module
 */
import { AbstractMultiaddrConnection, type AbstractMultiaddrConnectionInit, type SendResult } from "@libp2p/utils";
import type { AbortOptions } from "@libp2p/interface";
import { Deadline, raceAbort } from "../../../core/deadline.ts";

/** Bytes handed to QUIC and not taken yet above which no more are handed over, and below which there are more. */
const FULL = 2 ** 20;
const ROOM = 2 ** 18;

/** How long the other side may take to hang up after the last byte was sent, in milliseconds. */
const LAST_WORD = 2_000;

/** What a raw connection is made of. */
export interface RawConnectionOptions extends Omit<AbstractMultiaddrConnectionInit, "stream" | "name"> {
  conn: Deno.QuicConn;
  /** The stream: opened by the caller, awaited by who is called. */
  stream: Promise<Deno.QuicBidirectionalStream>;
}

/** Bytes over a QUIC connection. */
export class RawConnection extends AbstractMultiaddrConnection {
  readonly #conn: Deno.QuicConn;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #unsent = 0;
  /** Pending while nobody wants to be handed more. */
  #paused: PromiseWithResolvers<void> | undefined;

  constructor({ conn, stream, ...init }: RawConnectionOptions) {
    super(init);
    this.#conn = conn;
    const failed = (error: Error) => this.abort(error);
    conn.closed.then(({ closeCode, reason }) => {
      if (closeCode === 0) this.onTransportClosed();
      else this.abort(new Error(`the other side ended the connection${reason && `: ${reason}`}`));
    }, failed);
    stream.then((opened) => this.#run(opened)).catch(failed);
  }

  async #run({ readable, writable }: Deno.QuicBidirectionalStream): Promise<void> {
    this.#writer = writable.getWriter();
    this.#writer.closed.catch(() => {}); // told by the connection's end
    this.safeDispatchEvent("drain");
    const reader = readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      this.onData(value);
      await this.#paused?.promise;
    }
    // the other side has said its last: what is left to say goes, as with TCP that is not left half open
    if (this.status !== "open") return;
    await this.#writer.close().catch(() => {});
    this.#hangUp(0);
    this.onTransportClosed();
  }

  /** Hands bytes to QUIC, until it has too many. */
  sendData(data: { byteLength: number; subarray(): Uint8Array }): SendResult {
    if (!this.#writer) return { sentBytes: 0, canSendMore: false };
    const sentBytes = data.byteLength;
    this.#unsent += sentBytes;
    const taken = () => {
      const wasFull = this.#unsent >= ROOM;
      this.#unsent -= sentBytes;
      if (wasFull && this.#unsent < ROOM) this.safeDispatchEvent("drain");
    };
    this.#writer.write(data.subarray()).then(taken, (error) => this.abort(error));
    return { sentBytes, canSendMore: this.#unsent < FULL };
  }

  /** Sends what is left, and waits until the other side has it. */
  async sendClose({ signal }: AbortOptions = {}): Promise<void> {
    if (this.#writer) {
      using limit = new Deadline(LAST_WORD, "hanging up", signal);
      const over = this.#writer.close().then(() => this.#conn.closed);
      await raceAbort(over, limit.signal).catch(() => {}); // it ends one way or the other
    }
    this.#hangUp(0);
  }

  /** Ends it at once; what was not taken is lost. */
  sendReset(): void {
    this.#paused?.resolve();
    this.#hangUp(1);
  }

  /** Takes no more bytes from QUIC, which then lets the other side send no more. */
  sendPause(): void {
    this.#paused ??= Promise.withResolvers();
  }

  /** Goes on. */
  sendResume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  #hangUp(closeCode: number): void {
    this.#conn.close({ closeCode, reason: "" });
  }
}

/** The first stream that the other side opens. @throws if it ends before. */
export async function firstStream(conn: Deno.QuicConn): Promise<Deno.QuicBidirectionalStream> {
  const streams = conn.incomingBidirectionalStreams.getReader();
  const { value } = await streams.read();
  if (!value) throw new Error("the connection ended before it began");
  return value;
}
