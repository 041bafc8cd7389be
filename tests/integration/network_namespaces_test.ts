/** Peers on networks of their own: behind NATs, cut off from each other, far away. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { sleep } from "../../src/core/deadline.ts";
import { root } from "./fixtures/deno_run.ts";
import { startForwarding, whyNoMiniupnpd } from "./fixtures/forwarding_router.ts";
import { makeStates, PeerProcess } from "./fixtures/mesh_process.ts";
import { Network, type SiteKind, whyNoDelay, whyNoNamespaces } from "./fixtures/network.ts";
import { RelayProcess } from "./fixtures/relay_process.ts";

const noNamespaces = await whyNoNamespaces();
const noDelay = noNamespaces ?? await whyNoDelay();

/** A test that is left out, with the reason in its name, where the machine lacks something. */
function testWhere(missing: string | undefined, name: string, fn: () => Promise<void>): void {
  Deno.test({ name: missing ? `${name} (skipped: ${missing})` : name, ignore: missing !== undefined, fn });
}

testWhere(noNamespaces, "two hospitals behind NATs of their own average through a relay outside", async () => {
  await using states = await makeStates(["relay", "a", "b"]);
  await using network = await Network.make({ relay: "public", a: "nat", b: "nat" });
  const members = [states.peer.a, states.peer.b];
  const flags = ["--listen=/ip4/11.0.1.2/tcp/4001"];
  await using relay = new RelayProcess(states.directory.relay, flags, network.at("relay"));
  const options = { members, relays: [await relay.address()], listen: ["/ip4/0.0.0.0/tcp/4001"] };
  const start = (name: "a" | "b", value: number) =>
    new PeerProcess(
      states.directory[name],
      { ...options, vector: { value, length: 100_000, mass: 1 } },
      network.at(name),
    );
  await using a = start("a", 1);
  await using b = start("b", 3);
  await Promise.all([a.event("peer-joined", { peer: states.peer.b }), b.event("peer-joined", { peer: states.peer.a })]);
  assertEquals((await a.do({ do: "exchange" })).partner, states.peer.b);
  await b.event("exchange", { peer: states.peer.a });
  for (const peer of [a, b]) assertAlmostEquals((await peer.do({ do: "snapshot" })).last, 2, 1e-6);
});

/** Three members, of whom one is cut off until both sides have told of it, and for `least` milliseconds. */
async function partition(least: number, timeouts: { silence?: number; absence?: number }): Promise<void> {
  await using states = await makeStates(["a", "b", "c"]);
  await using network = await Network.make({ a: "public", b: "public", c: "public" });
  const members = Object.values(states.peer);
  const options = { members, bootstrap: ["/ip4/11.0.1.2/tcp/4001"], ...timeouts };
  const start = (name: "a" | "b" | "c", site: number) =>
    new PeerProcess(
      states.directory[name],
      { ...options, listen: [`/ip4/11.0.${site}.2/tcp/4001`], vector: { value: site, length: 1000, mass: 1 } },
      network.at(name),
    );
  await using a = start("a", 1);
  await using b = start("b", 2);
  await using c = start("c", 3);
  await c.event("peer-joined", { peer: states.peer.b });
  await c.event("peer-joined", { peer: states.peer.a });
  await a.event("peer-joined", { peer: states.peer.b });

  await network.partition(["a", "b"], ["c"]);
  const over = sleep(least);
  const others = [states.peer.a, states.peer.b].sort();
  const [inA, inB, inC] = await Promise.all([a.event("split"), b.event("split"), lastSplit(c, 2)]);
  assertEquals([inA.missing, inB.missing, inC.missing], [[states.peer.c], [states.peer.c], others]);
  // each part goes on by itself
  assertEquals((await a.do({ do: "exchange" })).partner, states.peer.b);
  assertEquals((await c.do({ do: "exchange" })).skipped, "no member is connected");

  await over;
  await network.partition();
  await Promise.all([a.event("healed"), b.event("healed"), c.event("healed")]);
  assertEquals([states.peer.a, states.peer.b].includes((await c.do({ do: "exchange" })).partner ?? ""), true);
}

testWhere(
  noNamespaces,
  "a mesh that is cut in two says so on both sides, and heals by itself",
  () => partition(0, { silence: 5_000, absence: 5_000 }),
);

testWhere(
  noNamespaces ?? (Deno.env.get("SYNCYTIUM_NIGHTLY") ? undefined : "deno task nightly runs it"),
  "a cut of a minute is told of and heals, with the time-outs that hospitals have",
  () => partition(60_000, {}),
);

/** Two sites of such kinds with QUIC, of which the first may be `delay` milliseconds away, and a relay that has it. */
async function startPair(a: SiteKind, b: SiteKind, delay = 0) {
  await using stack = new AsyncDisposableStack();
  const states = stack.use(await makeStates(["relay", "a", "b"]));
  const network = stack.use(await Network.make({ relay: "both", a, b }));
  if (delay > 0) await network.impair("a", { delay, loss: 0 });
  const flags = ["--listen=/ip4/11.0.1.2/tcp/4001", "--quic=4001"];
  const relay = stack.use(new RelayProcess(states.directory.relay, flags, network.at("relay")));
  const members = [states.peer.a, states.peer.b];
  const options = {
    members,
    relays: [await relay.address()],
    listen: ["/ip4/0.0.0.0/tcp/4001"],
    quic: 4001,
    silence: 3_000,
  };
  const start = (name: "a" | "b", value: number) =>
    stack.use(
      new PeerProcess(
        states.directory[name],
        { ...options, vector: { value, length: 100_000, mass: 1 } },
        network.at(name),
      ),
    );
  const peers = [start("a", 1), start("b", 3)];
  await Promise.all([
    peers[0].event("peer-joined", { peer: states.peer.b }),
    peers[1].event("peer-joined", { peer: states.peer.a }),
  ]);
  const moved = stack.move();
  return { peers, states, network, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

type Pair = Awaited<ReturnType<typeof startPair>>;

/** Whether both come to reach each other directly, or are told that the relay stays. */
async function comesDirectly({ peers }: Pick<Pair, "peers">): Promise<boolean> {
  const stays = (line: PeerProcess["lines"][number]) =>
    line.type === "warning" && line.message.startsWith("it is reached through a relay and stays so");
  for (;;) {
    const told = await Promise.all(peers.map((peer) => peer.do({ do: "status" })));
    const direct = told.map(({ members }) => members.some((member) => member.direct));
    if (direct.every(Boolean)) return true;
    if (peers.some(({ lines }) => lines.some(stays))) return false;
    await sleep(200);
  }
}

/** Resolves once each reaches the other through the relay, whether it was gone in between or not. */
async function goBack({ peers }: Pick<Pair, "peers">): Promise<void> {
  const isBack = async (peer: PeerProcess) => {
    const { members } = await peer.do({ do: "status" });
    return members.every(({ connected, admitted, direct }) => connected && admitted && !direct);
  };
  while (!(await Promise.all(peers.map(isBack))).every(Boolean)) await sleep(200);
}

/** Averages, whatever leads there. */
async function average({ peers: [a, b], states }: Pair): Promise<void> {
  assertEquals((await a.do({ do: "exchange" })).partner, states.peer.b);
  await b.event("exchange", { peer: states.peer.a });
  for (const peer of [a, b]) assertAlmostEquals((await peer.do({ do: "snapshot" })).last, 2, 1e-6);
}

testWhere(
  noNamespaces,
  "two sites behind silent NATs that keep ports join through a relay, punch, and average; they go back when it is cut",
  async () => {
    await using pair = await startPair("silent nat", "silent nat");
    assertEquals(await comesDirectly(pair), true);
    await average(pair);
    // nothing passes between the two any more: back to the relay, without anybody's help
    await pair.network.partition(["a-router"], ["b-router"]);
    await goBack(pair);
    await average(pair);
  },
);

testWhere(
  noNamespaces,
  "two sites behind firewalls that let no call in meet over IPv6, which nothing translates, and average",
  async () => {
    await using pair = await startPair("firewall", "firewall");
    assertEquals(await comesDirectly(pair), true);
    await average(pair);
  },
);

testWhere(
  noNamespaces,
  "two sites behind NATs with random ports stay on the relay, are told once, and average",
  async () => {
    await using pair = await startPair("random nat", "random nat");
    assertEquals(await comesDirectly(pair), false);
    await average(pair);
  },
);

testWhere(
  noNamespaces ?? (Deno.env.get("SYNCYTIUM_NIGHTLY") ? undefined : "deno task nightly runs it"),
  "what connects how over QUIC: the table of the documentation",
  async () => {
    const delays = noDelay === undefined ? [0, 60] : [0];
    const both = (direct: boolean) => Object.fromEntries(delays.map((delay) => [`${delay} ms`, direct]));
    const met: Record<string, Record<string, boolean>> = {};
    for (
      const [a, b] of [
        ["public", "random nat"],
        ["silent nat", "silent nat"],
        ["nat", "nat"],
        ["silent nat", "random nat"],
        ["random nat", "random nat"],
        ["firewall", "firewall"],
      ] as const
    ) {
      const row: Record<string, boolean> = met[`${a}, ${b}`] = {};
      for (const delay of delays) {
        await using pair = await startPair(a, b, delay);
        row[`${delay} ms`] = await comesDirectly(pair);
      }
    }
    console.table(met);
    // without a delay, a call is refused before the other's is under way
    assertEquals(met, {
      "public, random nat": both(true),
      "silent nat, silent nat": both(true),
      "nat, nat": { "0 ms": false, ...(noDelay === undefined && { "60 ms": true }) },
      "silent nat, random nat": both(false),
      "random nat, random nat": both(false),
      "firewall, firewall": both(true),
    });
  },
);

testWhere(
  noNamespaces,
  "QUIC is listened on over both families, on two sockets where the machine's of IPv6 take no IPv4",
  async () => {
    await using network = await Network.make({ a: "both", b: "both" });
    const module = `${root}src/mesh/finding/udp_sockets.ts`;
    const asked = `import { quicAddresses } from "${module}"; console.log(quicAddresses(4001).join(" "));`;
    const listened = async (site: string, only: number) => {
      const set = `sysctl -qw net.ipv6.bindv6only=${only} && exec "$0" eval --unstable-net "$1"`;
      const [program, ...args] = [...network.at(site), "bash", "-c", set, Deno.execPath(), asked];
      const { stdout } = await new Deno.Command(program, { args }).output();
      return new TextDecoder().decode(stdout).trim();
    };
    assertEquals(await Promise.all([listened("a", 0), listened("b", 1)]), [
      "/ip6/::/udp/4001/quic",
      "/ip4/0.0.0.0/udp/4001/quic /ip6/::/udp/4001/quic",
    ]);
  },
);

const noRouter = noNamespaces ?? await whyNoMiniupnpd() ??
  (Deno.env.get("SYNCYTIUM_NIGHTLY") ? undefined : "deno task nightly runs it");
for (const by of ["NAT-PMP", "UPnP"] as const) {
  testWhere(
    noRouter,
    `a router that is asked by ${by} forwards the port of a site, which the other then calls directly`,
    async () => {
      await using states = await makeStates(["relay", "a", "b"]);
      await using network = await Network.make({ relay: "public", a: "nat", b: "random nat" });
      await using _router = await startForwarding(network, "a", by);
      const flags = ["--listen=/ip4/11.0.1.2/tcp/4001"];
      await using relay = new RelayProcess(states.directory.relay, flags, network.at("relay"));
      const members = [states.peer.a, states.peer.b];
      const options = { members, relays: [await relay.address()], vector: { value: 1, length: 1_000, mass: 1 } };
      const listening = { listen: ["/ip4/0.0.0.0/tcp/4001"], portMapping: true };
      await using a = new PeerProcess(states.directory.a, { ...options, ...listening }, network.at("a"));
      await using b = new PeerProcess(states.directory.b, { ...options, listen: [] }, network.at("b"));
      await a.event("peer-joined", { peer: states.peer.b });
      assertEquals(await comesDirectly({ peers: [a, b] }), true);
    },
  );
}

/** The split that names `count` members: two connections to them need not be found dead in the same moment. */
function lastSplit(peer: PeerProcess, count: number) {
  type Split = Extract<PeerProcess["lines"][number], { type: "split" }>;
  const wanted = (line: PeerProcess["lines"][number]): line is Split =>
    line.type === "split" && line.missing.length === count;
  return peer.line(wanted, `split of ${count}`);
}

testWhere(noDelay, "averaging works over 100 ms of round-trip time and 1 % of loss", async () => {
  await using states = await makeStates(["a", "b"]);
  await using network = await Network.make({ a: "public", b: "public" });
  await network.impair("b", { delay: 100, loss: 1 });
  const members = [states.peer.a, states.peer.b];
  const options = { members, bootstrap: ["/ip4/11.0.1.2/tcp/4001"] };
  const start = (name: "a" | "b", site: number) =>
    new PeerProcess(
      states.directory[name],
      { ...options, listen: [`/ip4/11.0.${site}.2/tcp/4001`], vector: { value: site, length: 100_000, mass: 1 } },
      network.at(name),
    );
  await using a = start("a", 1);
  await using b = start("b", 2);
  await a.event("peer-joined", { peer: states.peer.b });
  await b.event("peer-joined", { peer: states.peer.a });
  const { partner, bytes = 0 } = await b.do({ do: "exchange" });
  assertEquals(partner, states.peer.a);
  assert(bytes > 2 * 4 * 100_000);
  assertAlmostEquals((await b.do({ do: "snapshot" })).last, 1.5, 1e-6);
});
