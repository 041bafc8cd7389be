/** Connections over a network in memory, with no encryption and no upgrade. */
import {
  type Connection,
  type ConnectionStatus,
  type IdentifyResult,
  type MessageStreamDirection,
  type NewStreamOptions,
  type PeerId,
  type Stream,
  TypedEventEmitter,
  UnsupportedProtocolError,
} from "@libp2p/interface";
import type { Message } from "@libp2p/gossipsub";
import type { Multiaddr } from "@multiformats/multiaddr";
import { raceAbort } from "../../../src/core/deadline.ts";
import type { Circuit } from "./_circuit.ts";
import type { Pipe } from "./_network.ts";
import type { MemoryNode } from "./_node.ts";
import { log, MemoryStream } from "./_stream.ts";

/** What brings something to the other end. */
export type Way = Pick<Pipe, "send">;

/** One end of a connection. */
export class MemoryConnection extends TypedEventEmitter<Record<never, never>> {
  readonly log = log;
  readonly timeline = { open: 0 };
  readonly streams: Stream[] = [];
  status: ConnectionStatus = "open";
  /** The other end. */
  remote!: MemoryConnection;
  readonly #node: MemoryNode;
  readonly #ended = new AbortController();
  #streams = 0;

  constructor(
    node: MemoryNode,
    readonly id: string,
    readonly direction: MessageStreamDirection,
    readonly remotePeer: PeerId,
    readonly remoteAddr: Multiaddr,
    readonly pipe: Way,
    /** What carries it, if a relay does. */
    readonly circuit?: Circuit,
  ) {
    super();
    this.#node = node;
  }

  get node(): MemoryNode {
    return this.#node;
  }

  get direct(): boolean {
    return this.circuit === undefined;
  }

  get limits(): Connection["limits"] {
    return this.circuit?.limits;
  }

  async newStream(protocols: string | string[], { signal }: NewStreamOptions = {}): Promise<Stream> {
    const [protocol] = [protocols].flat();
    if (this.status !== "open") throw new Error("the connection is closed");
    const id = `${this.direction} ${++this.#streams}`;
    const stream = this.#stream(id, protocol, "outbound");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.pipe.send(() => {
      const isOpen = this.remote.#answer(stream, id, protocol);
      this.remote.pipe.send(
        isOpen ? resolve : () => reject(new UnsupportedProtocolError(`${protocol} is not spoken here`)),
      );
    });
    try {
      await raceAbort(raceAbort(promise, this.#ended.signal), signal);
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
    return stream;
  }

  #stream(id: string, protocol: string, direction: MessageStreamDirection): MemoryStream {
    const stream = new MemoryStream({ id, protocol, direction, pipe: this.pipe, tamper: this.#node.tamper });
    this.streams.push(stream);
    stream.addEventListener("close", () => {
      const place = this.streams.indexOf(stream);
      if (place >= 0) this.streams.splice(place, 1);
    });
    return stream;
  }

  #answer(theirs: MemoryStream, id: string, protocol: string): boolean {
    const handler = this.#node.handler(protocol);
    if (!handler || this.status !== "open") return false;
    const ours = this.#stream(id, protocol, "inbound");
    [ours.remote, theirs.remote] = [theirs, ours];
    this.#node.serve(protocol, handler(ours, this as unknown as Connection));
    return true;
  }

  close(): Promise<void> {
    if (this.status === "open") this.#end(undefined, true);
    return Promise.resolve();
  }

  abort(error: Error): void {
    if (this.status === "open") this.#end(error, true);
  }

  /** The other side said where it listens. */
  identified(detail: IdentifyResult): void {
    if (this.status === "open") this.#node.dispatchEvent(new CustomEvent("peer:identify", { detail }));
  }

  /** The other side passes on what was published. */
  published(id: string, message: Message): void {
    void this.#node.published(id, message, this as unknown as Connection);
  }

  /** The other end is gone. */
  lost(): void {
    if (this.status === "open") this.#end(undefined, false);
  }

  #end(error: Error | undefined, tells: boolean): void {
    this.status = "closed";
    for (const stream of [...this.streams]) {
      (stream as MemoryStream).onTransportClosed(error);
    }
    this.#ended.abort(error ?? new Error("the connection was closed"));
    if (tells) this.pipe.send(() => this.remote.lost());
    this.#node.ended(this as unknown as Connection);
  }
}
