/** Which errors a hostile remote may cause. */
import { assert } from "@std/assert";

/**
 * What the mesh throws, or lets the libraries throw, on what a remote sent; a TypeError only for bytes that are no
 * UTF-8.
 */
const REFUSALS = new Set([
  ...["FrameError", "ChannelClosedError", "ExchangeRefusedError", "EnvelopeError"],
  ...["RangeError", "SyntaxError", "ValiError"],
  ...["StreamClosedError", "StreamResetError", "StreamStateError"],
]);

/** Fails if `error` is not a refusal but a slip of our own, or a wait that only its time-out ended. */
export function assertRefusal(error: unknown): void {
  if (!(error instanceof Error)) throw new Error(`thrown: ${error}`);
  const { name, message } = error;
  const isRefusal = REFUSALS.has(name) || (name === "TypeError" && /encoded data/.test(message));
  assert(isRefusal, `no refusal but ${error.stack}`);
  assert(message.length > 0, "a refusal must say why");
}
