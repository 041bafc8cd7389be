/** When a connection counts as dead, with one over which nothing comes. */
import { assertEquals } from "@std/assert";
import type { Connection } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { watchLiveness } from "../../../src/mesh/finding/liveness.ts";
import { markIdle } from "../../../src/mesh/protocols/idle_streams.ts";

/** A connection that answers no ping; `protocols` are those of its open streams. */
function silentConnection(protocols: string[]) {
  const seen = { pings: 0, aborted: 0 };
  const connection = {
    status: "open",
    remoteAddr: multiaddr("/ip4/192.0.2.1/tcp/1"),
    streams: protocols.map((protocol) => ({ protocol, status: "open" })),
    newStream: (_protocol: string, { signal }: { signal: AbortSignal }) => {
      seen.pings++;
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
    abort: () => seen.aborted++,
  };
  return { seen, connection: connection as unknown as Connection };
}

const options = () => ({ silence: 10, signal: new AbortController().signal, debug: () => {} });

Deno.test("a connection that gives no sign of life is cut", async () => {
  const { seen, connection } = silentConnection(["/meshsub/1.2.0"]);
  await watchLiveness(connection, options());
  assertEquals(seen, { pings: 1, aborted: 1 });
});

Deno.test("a transfer under way excuses two answers, not a third", async () => {
  const { seen, connection } = silentConnection(["/syncytium/average/1"]);
  await watchLiveness(connection, options());
  assertEquals(seen, { pings: 3, aborted: 1 });
});

Deno.test("a stream on which nothing is under way excuses none", async () => {
  const { seen, connection } = silentConnection(["/syncytium/average/1"]);
  {
    using _waiting = markIdle(connection.streams[0]);
    await watchLiveness(connection, options());
  }
  assertEquals(seen, { pings: 1, aborted: 1 });
  await watchLiveness(connection, options());
  assertEquals(seen, { pings: 4, aborted: 2 });
});

Deno.test("a peer that stops cuts nothing", async () => {
  const { seen, connection } = silentConnection([]);
  const stopping = new AbortController();
  const watch = watchLiveness(connection, { ...options(), silence: 3_600_000, signal: stopping.signal });
  stopping.abort(new Error("the peer stops"));
  await watch;
  assertEquals(seen, { pings: 0, aborted: 0 });
});
