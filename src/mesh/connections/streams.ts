/**
 * How streams of the mesh's protocols are opened and served.
 *
 * @module
 */
import type { NewStreamOptions, StreamHandlerOptions } from "@libp2p/interface";
import { messageOf } from "../../core/errors.ts";
import { ChannelClosedError, type FrameChannel } from "../protocols/channel.ts";
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
    channel.abort(error instanceof Error ? error : new Error(String(error)));
    if (signal.aborted) return;
    // a peer that leaves, or drops the second of two connections, is told by its coming and going
    if (error instanceof ChannelClosedError) debug(`${doing} with ${peer}: ${messageOf(error)}`);
    else warn(`${doing}: ${messageOf(error)}`, peer);
  }
}
