/**
 * How a connection is let go that a better one has replaced.
 *
 * @module
 */
import type { Connection } from "@libp2p/interface";

/** Closes `connection` once its streams have ended by themselves: a transfer that began on it is not cut. */
export async function retire(connection: Connection): Promise<void> {
  while (connection.status === "open") {
    const streams = connection.streams.filter(({ status }) => status === "open" || status === "closing");
    if (streams.length === 0) break;
    await Promise.all(
      streams.map((stream) =>
        new Promise<void>((resolve) => stream.addEventListener("close", () => resolve(), { once: true }))
      ),
    );
  }
  await connection.close().catch((error) => connection.abort(error));
}
