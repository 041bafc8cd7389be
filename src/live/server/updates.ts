/**
 * Server-sent events of which each client gets the newest when it is ready for it: one that is slow misses those between,
 * and nothing is kept for it.
 *
 * @module
 */

/** Options of {@linkcode Updates}. */
export interface UpdatesOptions<T> {
  /** What there is to see now; called at most once an interval, and only while somebody looks. */
  look: () => T;
  /** Milliseconds between two looks. @default 1000 */
  interval?: number;
  /** Clients at the same time, at most. @default 32 */
  most?: number;
  /** Told of what {@linkcode UpdatesOptions.look} and encoders throw. */
  failed: (error: unknown) => void;
}

/** Makes a client's next message, one line, of what there is to see. */
export type Encoder<T> = (value: T) => string;

/** A comment: what is sent where there is no message, so that a client that is gone is found. */
const HEARTBEAT = ":\n\n";
const text = new TextEncoder();

/** The clients that look. */
export class Updates<T> {
  readonly #options: Required<UpdatesOptions<T>>;
  /** What lets each client's wait end, for a look or for good. */
  readonly #waiting = new Set<() => void>();
  #clients = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;

  constructor({ look, failed, interval = 1000, most = 32 }: UpdatesOptions<T>) {
    this.#options = { look, failed, interval, most };
  }

  /** How many look. */
  get clients(): number {
    return this.#clients;
  }

  /** The body of a client's answer, of type `text/event-stream`; undefined where there are too many clients. */
  stream(encoderOf: () => Encoder<T>): ReadableStream<Uint8Array> | undefined {
    if (this.#isClosed || this.#clients >= this.#options.most) return undefined;
    const encode = encoderOf();
    let isOpen = true;
    let isFirst = true;
    const leave = () => {
      if (!isOpen) return;
      isOpen = false;
      this.#left();
    };
    this.#joined();
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        if (!isFirst) await this.#tick();
        isFirst = false;
        if (!isOpen) return;
        if (this.#isClosed) {
          leave();
          return controller.close();
        }
        controller.enqueue(text.encode(this.#message(encode)));
      },
      cancel: leave,
    }, { highWaterMark: 0 }); // nothing is made before the client takes it
  }

  /** Lets all who wait look; the timer does. */
  tick(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const go of waiting) go();
  }

  /** Ends all streams. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.tick();
  }

  #message(encode: Encoder<T>): string {
    try {
      return `data: ${encode(this.#options.look())}\n\n`;
    } catch (error) {
      this.#options.failed(error);
      return HEARTBEAT;
    }
  }

  #tick(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #joined(): void {
    if (this.#clients++ === 0) {
      this.#timer = setInterval(() => this.tick(), this.#options.interval);
      Deno.unrefTimer(this.#timer as unknown as number);
    }
  }

  #left(): void {
    if (--this.#clients > 0) return;
    clearInterval(this.#timer);
    this.tick(); // nobody waits any more for what does not come
  }
}
