/** A pair of channels over an in-memory stream. */
import { streamPair } from "@libp2p/utils";
import type { Stream } from "@libp2p/interface";
import { FrameChannel, type FrameChannelOptions } from "../../src/mesh/protocols/channel.ts";

export async function channelPair(options: FrameChannelOptions = {}) {
  const [left, right] = await streamPair();
  return {
    streams: [left, right] as [Stream, Stream],
    a: new FrameChannel(left, options),
    b: new FrameChannel(right, options),
  };
}
