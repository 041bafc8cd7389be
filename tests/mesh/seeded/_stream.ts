/** Streams over a network in memory, which are libp2p's own (`AbstractStream`), with a window as yamux has. */
import type { Logger, MessageStreamDirection } from "@libp2p/interface";
import { AbstractStream } from "@libp2p/utils";
import type { Way } from "./_connection.ts";

/** Bytes under way on one stream beyond which its sender waits, as yamux's first window. */
const WINDOW = 256 * 1024;

const silent = () => {};
/** Takes what libp2p would log, and tells nobody. */
export const log: Logger = Object.assign(silent, { error: silent, trace: silent, enabled: false, newScope: () => log });

/** Changes, drops or delays what a liar sends: told the bytes of a stream of `protocol`. */
export type Tamper = (protocol: string, bytes: Uint8Array) => Uint8Array | undefined;

/** One end of a stream. */
export class MemoryStream extends AbstractStream {
  /** The other end, once it is known. */
  remote: MemoryStream | undefined;
  readonly #pipe: Way;
  readonly #tamper: Tamper | undefined;
  #underWay = 0;
  #arrived = 0;

  constructor(
    { id, protocol, direction, pipe, tamper }: {
      id: string;
      protocol: string;
      direction: MessageStreamDirection;
      pipe: Way;
      tamper?: Tamper;
    },
  ) {
    super({ id, protocol, direction, log });
    this.#pipe = pipe;
    this.#tamper = tamper;
  }

  override sendData(data: Parameters<AbstractStream["sendData"]>[0]) {
    const whole = data.slice();
    const bytes = this.#tamper ? this.#tamper(this.protocol, whole) : whole;
    this.#underWay += whole.length;
    if (bytes) {
      this.#pipe.send(() => {
        if (this.remote?.status === "open" || this.remote?.status === "closing") this.remote.onData(bytes);
        this.remote?.arrived(whole.length);
      }, bytes.length);
    }
    return { sentBytes: whole.length, canSendMore: this.#underWay < WINDOW };
  }

  /** So many bytes have come: the other end is told from time to time. */
  arrived(bytes: number): void {
    this.#arrived += bytes;
    if (this.#arrived < WINDOW / 4) return;
    const told = this.#arrived;
    this.#arrived = 0;
    this.#pipe.send(() => this.remote?.onAcknowledged(told), 12);
  }

  onAcknowledged(bytes: number): void {
    const wasFull = this.#underWay >= WINDOW;
    this.#underWay -= bytes;
    if (wasFull && this.#underWay < WINDOW && this.status === "open") this.safeDispatchEvent("drain");
  }

  override sendReset(): void {
    this.#pipe.send(() => {
      if (this.remote && this.remote.status !== "closed") this.remote.onRemoteReset();
    });
  }

  override sendCloseWrite(): Promise<void> {
    this.#pipe.send(() => this.remote?.onRemoteCloseWrite());
    return Promise.resolve();
  }

  override sendCloseRead(): Promise<void> {
    this.#pipe.send(() => this.remote?.onRemoteCloseRead());
    return Promise.resolve();
  }

  override sendPause(): void {}
  override sendResume(): void {}
}
