/**
 * Goodbyes, `/syncytium/goodbye/1`: an empty stream says that its peer is about to leave, so that nobody misses it.
 *
 * @module
 */
import type { NewStreamOptions } from "@libp2p/interface";
import { Deadline } from "../../core/deadline.ts";
import type { Admission } from "./admission.ts";

/** The protocol's name. */
export const GOODBYE_PROTOCOL = "/syncytium/goodbye/1";

/** Longest time spent on goodbyes, in milliseconds. */
const TIMEOUT = 1_000;

/** Tells every member that is present, as far as it can be reached now. */
export async function sayGoodbye(
  admission: Admission,
  streamOptions: (signal: AbortSignal) => NewStreamOptions,
  signal: AbortSignal,
): Promise<void> {
  using limit = new Deadline(TIMEOUT, "saying goodbye", signal);
  await Promise.allSettled(
    admission.present().map(async (peer) => {
      const stream = await admission.connectionTo(peer)?.newStream(GOODBYE_PROTOCOL, streamOptions(limit.signal));
      await stream?.close({ signal: limit.signal });
    }),
  );
}
