/**
 * How streams of the mesh's protocols are opened and served.
 *
 * @module
 */
import type { Connection, NewStreamOptions, StreamHandlerOptions } from "@libp2p/interface";
import { messageOf } from "../../core/errors.ts";
import { isEnding, lineOf } from "../admission/line_of.ts";
import { ChannelClosedError, type FrameChannel } from "../protocols/channel.ts";
import { LineUsedUpError } from "../protocols/line.ts";
import type { ChannelHandler } from "../protocols/peers.ts";
import { STREAMS_PER_PROTOCOL } from "./node.ts";

/** How the protocols are registered. */
export const HANDLING: Readonly<StreamHandlerOptions> = Object.freeze({
  maxInboundStreams: STREAMS_PER_PROTOCOL,
  maxOutboundStreams: STREAMS_PER_PROTOCOL,
  runOnLimitedConnection: true,
});

/** How a stream of theirs is opened. */
export function streamOptions(signal: AbortSignal): NewStreamOptions {
  return { signal, maxOutboundStreams: STREAMS_PER_PROTOCOL, runOnLimitedConnection: true };
}

/** What {@linkcode serveChannel} works with. */
export interface ServingOptions {
  /** Ends it: the peer stops. */
  signal: AbortSignal;
  warn: (message: string, peer?: string) => void;
  debug: (message: string) => void;
}

/** Serves one stream of `peer` with `handler`: a throw resets it and is told. Never throws. */
export async function serveChannel(
  channel: FrameChannel,
  peer: string,
  { doing, serve, signal, warn, debug }: ChannelHandler & ServingOptions,
): Promise<void> {
  try {
    await serve(channel, peer, signal);
    await channel.close();
  } catch (error) {
    await endChannel(channel, error);
    if (signal.aborted) return;
    // a peer that leaves, or drops the second of two connections, is told by its coming and going
    if (error instanceof ChannelClosedError || error instanceof LineUsedUpError) {
      debug(`${doing} with ${peer}: ${messageOf(error)}`);
    } else warn(`${doing}: ${messageOf(error)}`, peer);
  }
}

/** Ends a channel whose work has thrown `error`: resets it, but where only the line has no room, which is no fault. */
export async function endChannel(channel: FrameChannel, error: unknown): Promise<void> {
  if (error instanceof LineUsedUpError) return await channel.close().catch(() => {}); // it is gone already
  channel.abort(error instanceof Error ? error : new Error(String(error)));
}

/** Whether what has thrown `error` failed because a relay ends `connection` by its limits, not by anybody's fault. */
export function isUsedUp(connection: Connection, error: unknown): boolean {
  if (error instanceof LineUsedUpError) return true;
  const isCut = error instanceof ChannelClosedError || connection.status !== "open" ||
    (error instanceof Error && /^(Stream|Connection|Muxer)/.test(error.name));
  const line = lineOf(connection);
  // the relay counts more than this side sees: what the other has sent and is still under way
  return isCut && line !== undefined && (isEnding(connection) || line.left < line.allowance / 2);
}
