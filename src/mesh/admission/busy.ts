/** Whether a transfer is under way on a connection. */
import type { Connection } from "@libp2p/interface";
import { isIdle } from "../protocols/idle_streams.ts";

/** Whether a transfer is under way: an answer may wait behind it on a slow line, and it has time limits of its own. */
export function isBusy(connection: Connection): boolean {
  return connection.streams.some((stream) =>
    stream.protocol.startsWith("/syncytium/") && stream.status === "open" && !isIdle(stream)
  );
}
