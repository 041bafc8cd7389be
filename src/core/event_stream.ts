/**
 * Typed events as asynchronous streams, each consumer at its own pace.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { EventStream } from "./event_stream.ts";
 *
 * const events = new EventStream<{ type: "round"; round: number }>();
 * const reader = events.subscribe();
 * events.emit({ type: "round", round: 1 });
 * events.close();
 * assertEquals(await Array.fromAsync(reader), [{ type: "round", round: 1 }]);
 * ```
 *
 * @module
 */

/** A source of events of type `E`; what was emitted before a subscription is not replayed. */
export class EventStream<E> {
  readonly #consumers = new Set<ReadableStreamDefaultController<E>>();
  #closed = false;

  /** Hands `event` to every subscriber; a no-op after {@linkcode EventStream.close}. */
  emit(event: E): void {
    for (const consumer of this.#consumers) consumer.enqueue(event);
  }

  /** A stream of all events from now on; leaving the loop early unsubscribes. */
  subscribe(): ReadableStream<E> {
    let own: ReadableStreamDefaultController<E>;
    return new ReadableStream<E>({
      start: (controller) => {
        own = controller;
        if (this.#closed) controller.close();
        else this.#consumers.add(controller);
      },
      cancel: () => {
        this.#consumers.delete(own);
      },
    });
  }

  /** Ends every subscriber's stream once it has read what was emitted. */
  close(): void {
    this.#closed = true;
    for (const consumer of this.#consumers) consumer.close();
    this.#consumers.clear();
  }
}
