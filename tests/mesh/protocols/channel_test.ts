import { assertEquals, assertRejects } from "@std/assert";
import { concat } from "@std/bytes/concat";
import type { AbstractMessageStream } from "@libp2p/utils";
import { Deadline } from "../../../src/core/deadline.ts";
import { ChannelClosedError } from "../../../src/mesh/protocols/channel.ts";
import { encodeFrames } from "../../../src/mesh/protocols/frame.ts";
import { channelPair } from "../_streams.ts";

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

/**
 * The connection under a stream is gone, as after a kill -9 of the remote: libp2p closes the stream without an error.
 */
function lose(stream: unknown): void {
  (stream as AbstractMessageStream).onTransportClosed();
}

Deno.test("a connection that is lost in the middle of a frame is a closed channel, not a breach of the wire format", async () => {
  const { a, b, streams } = await channelPair();
  const payload = new Uint8Array(100);
  const [whole] = await Array.fromAsync(encodeFrames([{ kind: "bytes", payload }]));
  streams[0].send(concat([whole, whole.subarray(0, 60)]));
  assertEquals((await b.receiveBytes()).payload, payload);
  lose(streams[1]);
  await assertRejects(() => b.receive(), ChannelClosedError, "ended within a frame");
  a.abort(new Error("the test ends"));
});

const CLOSED = "the stream closed before everything was sent";
const large = { kind: "bytes", payload: new Uint8Array(4 * 1024 * 1024) } as const;

Deno.test("a frame that is being sent when the connection is lost is refused, as is every later one", async () => {
  const { a, streams } = await channelPair();
  const sending = a.send(large);
  const waiting = a.send(large);
  lose(streams[0]);
  await assertRejects(() => sending, ChannelClosedError, CLOSED);
  await assertRejects(() => waiting, ChannelClosedError, CLOSED);
  await assertRejects(() => a.sendMessage({}), ChannelClosedError, CLOSED);
  await a.close();
});

Deno.test("a frame that is sent after the connection was lost is refused", async () => {
  const { a, streams } = await channelPair();
  lose(streams[0]);
  await assertRejects(() => a.send(large), ChannelClosedError, CLOSED);
});

Deno.test("a channel that was closed by its own side refuses later frames, and what was sent before has arrived", async () => {
  const { a, b } = await channelPair();
  const sent = a.sendMessage({ one: 1 });
  assertEquals(await b.receiveMessage((value) => value), { one: 1 });
  await sent;
  await a.close();
  await assertRejects(() => a.sendMessage({}), ChannelClosedError);
  b.abort(new Error("the test ends"));
});
