/** Connections whose relay cuts them are replaced before; with connections that are made up. */
import { assertEquals, assertMatch } from "@std/assert";
import { multiaddr } from "@multiformats/multiaddr";
import type { Connection } from "@libp2p/interface";
import { isEnding, secondsLeft } from "../../../src/mesh/admission/line_of.ts";
import { Renewals } from "../../../src/mesh/finding/renewals.ts";
import { newIdentity } from "../_identities.ts";

const [relay, bob] = await Promise.all([newIdentity(), newIdentity()]);

function connectionWith(limits: Connection["limits"], direction: Connection["direction"] = "outbound") {
  return {
    limits,
    direction,
    status: "open",
    remotePeer: { toString: () => bob.peerId },
    remoteAddr: multiaddr(`/ip4/192.0.2.1/tcp/1/p2p/${relay.peerId}/p2p-circuit/p2p/${bob.peerId}`),
  } as unknown as Connection;
}

/** Watches `connections` until each was looked at; the calls that were made, and what was told. */
async function watching(connections: Connection[], best = connections[0]) {
  const ending = new AbortController();
  const [calls, told]: string[][] = [[], []];
  const renewals = new Renewals({
    call: (peer) => {
      calls.push(peer);
      ending.abort();
      return Promise.resolve();
    },
    admission: {
      connectionTo: () => {
        queueMicrotask(() => ending.abort());
        return best;
      },
    },
    signal: ending.signal,
    warn: (line) => told.push(line),
    debug: () => {},
  });
  const watches = connections.map((connection) => renewals.watch(connection));
  if (!connections.some((one) => isEnding(one) && one.direction === "outbound")) ending.abort();
  await Promise.all(watches);
  return { calls, told };
}

Deno.test("one that ends soon is called again by the side that called, and no other one is", async () => {
  const late = connectionWith({ seconds: 19 });
  assertEquals((await watching([late])).calls, [bob.peerId]);
  assertEquals((await watching([connectionWith({ seconds: 21 })])).calls, []);
  assertEquals((await watching([connectionWith({ seconds: 19 }, "inbound")])).calls, []);
  assertEquals((await watching([late], connectionWith({ seconds: 119 }))).calls, [], "another took its place");
});

Deno.test("one that has carried three quarters of its bytes is ending", () => {
  const limits = { bytes: 1000n };
  const connection = connectionWith(limits);
  assertEquals(isEnding(connection), false);
  limits.bytes = 249n;
  assertEquals(isEnding(connection), true);
});

Deno.test("a js-libp2p relay, which tells milliseconds in place of seconds, is understood", () => {
  const limits = { seconds: 120_000 };
  const connection = connectionWith(limits);
  assertEquals(isEnding(connection), false);
  limits.seconds -= 99;
  assertEquals([secondsLeft(connection), isEnding(connection)], [21, false]);
  limits.seconds -= 2;
  assertEquals([secondsLeft(connection), isEnding(connection)], [19, true]);
});

Deno.test("a relay that allows little is told of once, with what helps", async () => {
  const limits = { bytes: 131_072n, seconds: 120 };
  const { told } = await watching([connectionWith(limits), connectionWith(limits)]);
  assertEquals(told.length, 1);
  assertMatch(told[0], new RegExp(`relay ${relay.peerId} allows about 128 KiB and 120 s .*deno task relay`));
  assertEquals((await watching([connectionWith({ bytes: 16n * 2n ** 30n, seconds: 86_400_000 })])).told, []);
});

Deno.test("all who want a new connection at once wait for one call", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let calls = 0;
  const renewals = new Renewals({
    call: () => (calls++, promise),
    admission: { connectionTo: () => undefined },
    signal: new AbortController().signal,
    warn: () => {},
    debug: () => {},
  });
  const both = [renewals.renew(bob.peerId), renewals.renew(bob.peerId)];
  resolve();
  await Promise.all(both);
  await renewals.renew(bob.peerId);
  assertEquals(calls, 2);
});
