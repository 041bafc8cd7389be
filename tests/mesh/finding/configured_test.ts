/** What is told of configured addresses at which nobody answers, and why, with real nodes on loopback. */
import { assertEquals, assertMatch } from "@std/assert";
import { dialReason } from "../../../src/mesh/finding/dials.ts";
import { startRelay } from "../../../src/mesh/connections/relay_node.ts";
import type { ConnectionsOptions } from "../../../src/mesh/connections/options.ts";
import { startConnections, until } from "../_connections.ts";
import { newIdentity } from "../_identities.ts";

const [alice, bob, stranger, relay] = await Promise.all([1, 2, 3, 4].map(newIdentity));
const loopback = (port: number) => `/ip4/127.0.0.1/tcp/${port}`;

/** A port that nobody listens on. */
function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A port that takes connections and `says` something, or nothing, and then hangs up or not. */
function listener(says?: string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken: Deno.Conn[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      taken.push(connection);
      if (says === undefined) continue;
      await connection.write(new TextEncoder().encode(says)).catch(() => {});
      connection.closeWrite().catch(() => {});
    }
  })();
  return {
    address: loopback(listener.addr.port),
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await serving;
      for (const connection of taken) connection.close();
    },
  };
}

/** Alice with these addresses, every failure told at once; and what she is told. */
async function withAddresses(options: Partial<ConnectionsOptions>) {
  const told: string[] = [];
  const started = await startConnections(alice, [alice, bob], {
    grace: 0,
    warn: (message) => told.push(message),
    ...options,
  });
  const sentence = async (setting: string) => {
    const find = () => told.find((message) => message.startsWith(setting));
    await until(() => find() !== undefined, `${setting} to be told`);
    return find()!;
  };
  return { ...started, told, sentence };
}

Deno.test("an address is told with its setting and the reason: no such name, refused, somebody else, something else", async () => {
  await using other = await startConnections(stranger, [stranger]);
  await using garbled = listener("HTTP/1.1 400 Bad Request\r\n\r\n");
  const [theirs] = other.connections.addresses();
  const where = theirs.replace(/\/p2p\/.*/, "");
  const bootstrap = [
    "/dns4/nobody.invalid/tcp/4001",
    "/dns4/nobody.invalid/tcp/443/wss",
    loopback(closedPort()),
    `${loopback(closedPort())}/ws`,
    garbled.address,
    where,
    `${loopback(closedPort())}/p2p/${bob.peerId}`,
    `${where}/p2p/${bob.peerId}`,
    `/dns4/other.example/tcp/1/p2p/${relay.peerId}`,
  ];
  await using a = await withAddresses({ bootstrap });
  const reasons = await Promise.all(bootstrap.map((_, i) => a.sentence(`mesh.bootstrap[${i}] `)));
  const why = (i: number) => reasons[i].replace(`mesh.bootstrap[${i}] (${bootstrap[i]}) `, "");
  const refused = "does not answer: the connection was refused; it goes on being called";
  assertMatch(why(1), /^does not answer: .*name is not found/); // by the way out, whether through a proxy or not
  assertEquals([why(0), why(2), why(6)], [
    "does not answer: the name was not found; it goes on being called",
    refused,
    refused,
  ]);
  assertMatch(why(3), /^does not answer: the connection was refused, or there is no route to it;/);
  assertMatch(why(4), /^does not answer: the handshake failed, so something else may answer there \(.*\);/);
  assertEquals(why(5), `does not answer: who answers there is no member, ${stranger.peerId}; it goes on being called`);
  assertEquals(
    why(7),
    `does not answer: another peer than the address names answers there, ${stranger.peerId}; it goes on being called`,
  );
  assertEquals(why(8), "is not called: the peer that it names is no member");
  assertEquals(
    a.connections.finding.configured.dials.failuresOf(bob.peerId).map(({ address }) => address).sort(),
    [
      bootstrap[6].replace(/\/p2p\/.*/, ""),
      where,
    ].sort(),
  );
});

Deno.test("a port that takes connections and is silent is told when the handshake has timed out", async () => {
  await using silent = listener();
  await using a = await withAddresses({ bootstrap: [silent.address] });
  assertMatch(await a.sentence("mesh.bootstrap[0]"), /something takes the connection and says nothing/);
});

Deno.test("what is told of an address is told again no sooner than after a minute, and when it answers after all", async () => {
  const port = closedPort();
  await using a = await withAddresses({ bootstrap: [loopback(port)] });
  await a.sentence("mesh.bootstrap[0]");
  await using _b = await startConnections(bob, [alice, bob], { listen: [loopback(port)] });
  await a.joined(bob.peerId);
  const named = `mesh.bootstrap[0] (${loopback(port)})`;
  assertEquals(a.told, [
    `${named} does not answer: the connection was refused; it goes on being called`,
    `${named} answers after all`,
  ]);
  assertEquals(a.connections.finding.configured.unanswered(), []);
});

Deno.test("a relay that is away, and one that gives no slot, are told", async () => {
  await using full = await (async () => {
    const started = await startRelay({ identity: relay, listen: [loopback(0)], peers: [stranger.peerId] });
    return { addresses: started.addresses(), [Symbol.asyncDispose]: () => started.stop() };
  })();
  const relays = [...full.addresses, `${loopback(closedPort())}/p2p/${stranger.peerId}`];
  await using a = await withAddresses({ relays });
  assertMatch(await a.sentence("mesh.relays[0]"), /gives no slot: .*PERMISSION_DENIED.*; it goes on being called$/);
  assertMatch(await a.sentence("mesh.relays[1]"), /gives no slot: the connection was refused; it goes on/);
});

Deno.test("a list of all peers' addresses may hold one's own", async () => {
  const port = closedPort();
  await using b = await startConnections(bob, [alice, bob]);
  const bootstrap = [loopback(port), `${loopback(port)}/p2p/${alice.peerId}`, ...b.connections.addresses()];
  await using a = await withAddresses({ listen: [loopback(port)], bootstrap });
  await a.joined(bob.peerId);
  await until(() => a.connections.finding.configured.unanswered().length === 0, "nothing to be unanswered");
  assertEquals(a.told, []);
});

Deno.test("reasons that need a network of their own read as the others do", () => {
  const system = (code: string) => new Error(`connection error 192.0.2.1:4001: connect ${code} 192.0.2.1:4001`);
  assertEquals(dialReason(system("EHOSTUNREACH")), "there is no route to it");
  assertEquals(dialReason(system("ENETUNREACH")), "there is no route to it");
  assertEquals(dialReason(new Error("aborted"), { timedOut: true }), "nothing answered in time");
  const noSlot = "failed to connect via relay with status NO_RESERVATION";
  assertMatch(dialReason(new Error(noSlot)), /^the relay has no slot for it: it does not run/);
  const failed = "NetworkError: failed to connect to WebSocket: ";
  assertMatch(dialReason(new Error(`${failed}proxy authentication required`)), /^the proxy asks for a user/);
  assertMatch(dialReason(new Error(`${failed}invalid peer certificate: UnknownIssuer`)), /signed by nobody whom/);
  assertEquals(dialReason(new AggregateError([system("ECONNREFUSED")], "all failed")), "the connection was refused");
});
