/** Streams that are open while nothing is under way on them: their sides wait for others. */
import type { Stream } from "@libp2p/interface";

const idle = new WeakSet<Stream>();

/** Whether `stream` is such a one now. */
export function isIdle(stream: Stream): boolean {
  return idle.has(stream);
}

/** From now on, until it is disposed of, nothing is under way on `stream`. */
export function markIdle(stream: Stream): Disposable {
  idle.add(stream);
  return { [Symbol.dispose]: () => void idle.delete(stream) };
}
