/** Libp2p over websockets, between real nodes. */
import { assertEquals, assertRejects } from "@std/assert";
import { noise } from "@chainsafe/libp2p-noise";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p } from "libp2p";
import { muxer } from "../../../src/mesh/connections/muxer.ts";
import { websockets } from "../../../src/mesh/connections/websockets.ts";

/** A node that listens, stopped at the end. */
async function startNode(): Promise<AsyncDisposable & { node: Libp2p; address: Multiaddr }> {
  const node = await createLibp2p({
    addresses: { listen: ["/ip4/127.0.0.1/tcp/0/ws"] },
    transports: [websockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [muxer()],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionMonitor: { enabled: false },
  });
  return { node, address: node.getMultiaddrs()[0], [Symbol.asyncDispose]: async () => await node.stop() };
}

/** The next time that `node` has a connection more or less. */
function next(node: Libp2p, what: "open" | "close"): Promise<unknown> {
  return new Promise((resolve) => node.addEventListener(`connection:${what}`, resolve, { once: true }));
}

for (const [who, other] of [["caller", "called"], ["called", "caller"]] as const) {
  Deno.test(`a connection that its ${who} aborts ends at the ${other}, too`, async () => {
    await using caller = await startNode();
    await using called = await startNode();
    const nodes = { caller: caller.node, called: called.node };
    const open = next(called.node, "open");
    await caller.node.dial(called.address);
    await open;
    const gone = next(nodes[other], "close");
    nodes[who].getConnections()[0].abort(new Error("enough"));
    await gone;
    assertEquals(nodes[other].getConnections(), []);
  });
}

Deno.test("a call that is given up once something has taken it ends there, too", async () => {
  await using caller = await startNode();
  const [said, closed] = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = said.resolve;
    socket.onclose = closed.resolve;
    return response;
  });
  const controller = new AbortController();
  const address = multiaddr(`/ip4/127.0.0.1/tcp/${server.addr.port}/ws`);
  const calling = caller.node.dial(address, { signal: controller.signal });
  await said.promise;
  controller.abort();
  await assertRejects(() => calling);
  await closed.promise;
});

Deno.test("what the called one says at once is heard", async () => {
  await using caller = await startNode();
  const encoder = new TextEncoder();
  const shaking = Promise.withResolvers<void>();
  // a listener that speaks multistream-select first, as go-libp2p's do; noise is chosen once both have said it
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    let said = "";
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(encoder.encode("\x13/multistream/1.0.0\n"));
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      const had = said;
      said += String.fromCharCode(...new Uint8Array(data));
      const [, after] = said.split("/noise\n");
      if (after === undefined) return;
      if (!had.includes("/noise\n")) socket.send(encoder.encode("\x07/noise\n"));
      if (after.length >= 2 + 32) shaking.resolve(); // the length and an ephemeral key of X25519
    };
    socket.onclose = () => shaking.reject(new Error("the caller has gone before it began to shake hands"));
    return response;
  });
  const controller = new AbortController();
  const address = multiaddr(`/ip4/127.0.0.1/tcp/${server.addr.port}/ws`);
  const calling = caller.node.dial(address, { signal: controller.signal });
  const refused = assertRejects(() => calling);
  await shaking.promise;
  controller.abort();
  await refused;
});
