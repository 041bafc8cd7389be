/**
 * Notices connections over which nothing arrives any more: a cut cable, a firewall that forgot them, a machine that is
 * gone. TCP alone takes a quarter of an hour for that.
 *
 * @module
 */
import type { Connection } from "@libp2p/interface";
import { byteStream } from "@libp2p/utils";
import { messageOf } from "../../core/errors.ts";
import { Deadline, sleep } from "../../core/deadline.ts";
import { world } from "../../core/world.ts";
import { isBusy } from "../admission/busy.ts";

/** Libp2p's protocol that returns 32 bytes; https://github.com/libp2p/specs/blob/master/ping/ping.md */
const PING_PROTOCOL = "/ipfs/ping/1.0.0";
const PING_BYTES = 32;

/** Options of {@linkcode watchLiveness}. */
export interface LivenessOptions {
  /** Milliseconds that an answer may take. @default 25000 */
  silence?: number;
  /** Ends the watch: the peer stops. */
  signal: AbortSignal;
  debug: (message: string) => void;
}

async function ping(connection: Connection, signal: AbortSignal): Promise<void> {
  const stream = await connection.newStream(PING_PROTOCOL, { signal, runOnLimitedConnection: true });
  try {
    const bytes = byteStream(stream);
    await bytes.write(world.randomBytes(PING_BYTES), { signal });
    await bytes.read({ bytes: PING_BYTES, signal });
    await stream.close({ signal });
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

/** Answers in a row that a transfer excuses. */
const EXCUSED = 2;

/**
 * Asks over `connection` for a sign of life, five times in each `silence`, and cuts it when none comes. Ends with it,
 * and never throws.
 */
export async function watchLiveness(
  connection: Connection,
  { silence = 25_000, signal, debug }: LivenessOptions,
): Promise<void> {
  for (let missed = 0;;) {
    await sleep(silence / 5, signal).catch(() => {}); // the peer stops
    if (connection.status !== "open" || signal.aborted) return;
    using limit = new Deadline(silence, "a sign of life", signal);
    try {
      await ping(connection, limit.signal);
      missed = 0;
    } catch (error) {
      if (signal.aborted || connection.status !== "open") return;
      debug(`watching ${connection.remoteAddr}: ${messageOf(error)}`);
      if (!limit.signal.aborted) continue;
      if (!isBusy(connection) || ++missed > EXCUSED) return connection.abort(limit.signal.reason);
    }
  }
}
