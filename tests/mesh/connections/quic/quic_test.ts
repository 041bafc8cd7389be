/** Libp2p over Deno's QUIC endpoint, between real nodes. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Connection, Stream } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";
import { CERTIFICATE, KEY } from "../../../../src/mesh/connections/quic/certificate.ts";
import { quicAddresses } from "../../../../src/mesh/finding/udp_sockets.ts";
import { callBare, startNode } from "./_nodes.ts";

const PROTOCOL = "/test/1";

/** The next stream that comes in. */
async function nextStream(node: Libp2p): Promise<{ coming: Promise<Stream> }> {
  const { promise, resolve } = Promise.withResolvers<Stream>();
  await node.handle(PROTOCOL, (stream) => resolve(stream));
  return { coming: promise };
}

/** The next connection that comes in. */
function nextConnection(node: Libp2p): Promise<Connection> {
  return new Promise((resolve) =>
    node.addEventListener("connection:open", ({ detail }) => resolve(detail), { once: true })
  );
}

/** The next connection that ends. */
function nextEnd(node: Libp2p): Promise<unknown> {
  return new Promise((resolve) => node.addEventListener("connection:close", resolve, { once: true }));
}

function closed(ended: EventTarget): Promise<void> {
  return new Promise((resolve) => ended.addEventListener("close", () => resolve(), { once: true }));
}

/** A UDP socket that speaks nothing. */
function socket(): Disposable & { datagrams: Deno.DatagramConn; addr: Deno.NetAddr } {
  const datagrams = Deno.listenDatagram({ hostname: "127.0.0.1", port: 0, transport: "udp" });
  return { datagrams, addr: datagrams.addr as Deno.NetAddr, [Symbol.dispose]: () => datagrams.close() };
}

/** Sends `pieces` pieces of a million bytes, each of one value, as fast as the other side takes them. */
async function send(stream: Stream, pieces: number): Promise<void> {
  for (let i = 0; i < pieces; i++) {
    const room = stream.send(new Uint8Array(1_000_000).fill(i));
    if (!room) await new Promise((resolve) => stream.addEventListener("drain", resolve, { once: true }));
  }
  await stream.close();
}

/** How many bytes came of each value, in the order of their first. */
async function counts(stream: Stream): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  for await (const chunk of stream) {
    for (const byte of chunk.subarray()) found.set(byte, (found.get(byte) ?? 0) + 1);
  }
  return found;
}

for (const [host, pieces] of [["/ip4/127.0.0.1", 6], ["/ip6/::1", 1]] as const) {
  Deno.test(`${pieces} MB arrive whole over ${host}/udp, both ways at once`, async () => {
    await using a = await startNode([`${host}/udp/0/quic`]);
    await using b = await startNode([`${host}/udp/0/quic`]);
    const [, port, protocol] = a.address.getComponents();
    assertEquals([port.name, protocol.name], ["udp", "quic"]);
    const { coming } = await nextStream(a.node);
    const stream = await (await b.node.dial(a.address)).newStream(PROTOCOL);
    const sent = send(stream, pieces);
    const other = await coming;
    const [there, back] = await Promise.all([counts(other), counts(stream), sent, send(other, pieces)]);
    const whole = Array.from({ length: pieces }, (_, i) => [i, 1_000_000]);
    assertEquals([[...there], [...back]], [whole, whole]);
  });
}

Deno.test("who is called sees its caller at the port at which the caller listens itself", async () => {
  await using a = await startNode();
  await using b = await startNode(["/ip4/0.0.0.0/udp/0/quic"]);
  const coming = nextConnection(a.node);
  await b.node.dial(a.address);
  const seen = (await coming).remoteAddr;
  assertEquals(`${seen}`.split("/p2p/")[0], `/ip4/127.0.0.1/udp/${b.address.getComponents()[1].value}/quic`);
});

Deno.test("one socket listens and calls over IPv4 and IPv6, and all of the machine's addresses of both are told", async () => {
  await using a = await startNode(quicAddresses(0));
  await using b = await startNode(quicAddresses(0));
  const ports = b.node.getMultiaddrs().map((address) => address.getComponents()[1].value);
  assertEquals(new Set(ports).size, 1);
  for (const host of ["/ip4/127.0.0.1", "/ip6/::1"]) {
    const address = a.node.getMultiaddrs().find((one) => `${one}`.startsWith(`${host}/`));
    const coming = nextConnection(a.node);
    const connection = await b.node.dial(address!);
    assertEquals(`${(await coming).remoteAddr}`.split("/p2p/")[0], `${host}/udp/${ports[0]}/quic`);
    const gone = nextEnd(a.node);
    await connection.close();
    await gone;
  }
});

Deno.test("a connection that one side closes is closed at the other, and one that it aborts is lost there", async () => {
  await using a = await startNode();
  await using b = await startNode();
  for (const end of ["close", "abort"] as const) {
    const coming = nextConnection(a.node);
    const [connection, other] = await Promise.all([b.node.dial(a.address), coming]);
    const gone = closed(other);
    if (end === "close") await connection.close();
    else connection.abort(new Error("enough"));
    await gone;
    assertEquals(a.node.getConnections(), []);
  }
});

Deno.test("a node that stops hangs up", async () => {
  await using b = await startNode();
  const { node, address } = await startNode();
  const gone = closed(await b.node.dial(address));
  await node.stop();
  await gone;
});

Deno.test("whoever answers in another's place is refused by Noise, whatever QUIC says", async () => {
  await using a = await startNode();
  await using other = await startNode();
  await using b = await startNode();
  const address = `${a.address}`.replace(/[^/]+$/, other.node.peerId.toString());
  await assertRejects(() => b.node.dial(multiaddr(address)), Error, "does not match");
});

Deno.test("nobody answers where nobody listens, and a call that is given up ends at once", async () => {
  await using b = await startNode();
  using silent = socket();
  const { port } = silent.addr;
  const controller = new AbortController();
  const calling = b.node.dial(multiaddr(`/ip4/127.0.0.1/udp/${port}/quic`), { signal: controller.signal });
  await silent.datagrams.receive();
  controller.abort();
  await assertRejects(() => calling);
});

Deno.test("standard libp2p, which speaks another protocol in QUIC's handshake, is refused in it", async () => {
  await using a = await startNode();
  await assertRejects(() => callBare(a.address, "libp2p"), Error, "peer doesn't support any known protocol");
  assertEquals(a.node.getConnections(), []);
});

Deno.test("what is no QUIC, or no Noise, or is cut off, ends by itself and disturbs nobody", async () => {
  await using a = await startNode();
  await using b = await startNode();
  const [, { value: port }] = a.address.getComponents();
  using own = socket();
  const { datagrams } = own;
  const there: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port: Number(port) };
  for (const length of [0, 1, 20, 1_200, 60_000]) {
    await datagrams.send(crypto.getRandomValues(new Uint8Array(length)), there);
    // an Initial packet of version 1 whose inside is noise (RFC 9000, section 17.2.2)
    if (length > 100) await datagrams.send(new Uint8Array(length).fill(1).with(0, 0xc3).with(1, 0).with(2, 0), there);
  }
  const stranger = await callBare(a.address);
  const writer = (await stranger.createBidirectionalStream()).writable.getWriter();
  await writer.write(crypto.getRandomValues(new Uint8Array(4_096)));
  await stranger.closed;
  const cut = await callBare(a.address);
  await cut.createBidirectionalStream();
  cut.close({ closeCode: 7, reason: "x" });
  const coming = nextConnection(a.node);
  await b.node.dial(a.address);
  assertEquals((await coming).remotePeer.toString(), b.node.peerId.toString());
});

Deno.test("silent connections of one address go for newer ones, as over TCP", async () => {
  await using a = await startNode(undefined, { pendingOfAddress: 3 });
  await using b = await startNode();
  const silent = [];
  for (let i = 0; i < 5; i++) silent.push(await callBare(a.address));
  const ends = await Promise.all(silent.slice(0, 2).map(({ closed }) => closed));
  assertEquals(ends.map(({ closeCode }) => closeCode), [1, 1]);
  const coming = nextConnection(a.node);
  await b.node.dial(a.address);
  assertEquals((await coming).remotePeer.toString(), b.node.peerId.toString());
  silent.forEach((one) => one.close());
});

Deno.test("the certificate that all listeners show is one of the key beside it, and no secret", () => {
  // a listener takes them together only if they fit
  const endpoint = new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });
  endpoint.listen({ cert: CERTIFICATE, key: KEY, alpnProtocols: ["x"] }).stop();
  endpoint.close();
  assert(KEY.includes("PRIVATE KEY"));
});
