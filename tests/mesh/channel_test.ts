import { assertRejects } from "@std/assert";
import { Deadline } from "../../src/mesh/_deadline.ts";
import { ChannelClosedError } from "../../src/mesh/protocols/channel.ts";
import { channelPair } from "./_streams.ts";

Deno.test("what is sent after the connection is gone fails at once, and so does what was waiting to be sent", async () => {
  const { a, b, streams } = await channelPair();
  // as the muxer tells its streams that the connection is gone: without an error
  const [stream] = streams as unknown as { onTransportClosed(): void }[];
  using limit = new Deadline(5_000, "sending");
  const waiting = a.sendMessage("waits", limit.signal);
  stream.onTransportClosed();
  await assertRejects(async () => {
    await waiting;
    await a.sendMessage("comes too late", limit.signal);
  }, ChannelClosedError);
  await assertRejects(() => a.receive(limit.signal), ChannelClosedError);
  b.abort(new Error("over"));
});
