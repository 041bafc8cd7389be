/** Peers on networks of their own: behind NATs, cut off from each other, far away. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { sleep } from "../../src/core/deadline.ts";
import { makeStates, PeerProcess } from "./fixtures/mesh_process.ts";
import { root } from "./fixtures/deno_run.ts";
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

/** A certificate and its key, made by openssl: Deno makes none. */
async function certificate(): Promise<string[]> {
  const made = new Deno.Command("openssl", {
    args: [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=meeting.test".split(" "),
      ..."-addext subjectAltName=DNS:meeting.test -addext basicConstraints=critical,CA:FALSE -keyout - -out -".split(
        " ",
      ),
    ],
    stderr: "null",
  });
  const text = new TextDecoder().decode((await made.output()).stdout);
  const end = "-----END PRIVATE KEY-----\n";
  const [key, cert] = text.split(end);
  return [cert, `${key}${end}`];
}

/** Whether two sites behind such routers meet over Deno's QUIC endpoint. */
async function meet(a: SiteKind, b: SiteKind): Promise<boolean[]> {
  await using network = await Network.make({ server: "public", a, b });
  const tls = await certificate();
  const start = (site: string, role: string, stdout: "piped" | "null") => {
    const [program, ...args] = [
      ...network.at(site),
      Deno.execPath(),
      "run",
      "--no-check",
      "--unstable-net",
      "--allow-net",
    ];
    const script = `${root}tests/integration/fixtures/quic_meeting.ts`;
    return new Deno.Command(program, { args: [...args, script, role, "11.0.1.2", ...tls], stdout }).spawn();
  };
  await using server = start("server", "server", "null");
  const outputs = await Promise.all(["a", "b"].map((site) => start(site, "site", "piped").output()));
  server.kill();
  return outputs.map(({ stdout }) => new TextDecoder().decode(stdout).trim() === "true");
}

testWhere(
  noNamespaces ?? (Deno.env.get("SYNCYTIUM_NIGHTLY") ? undefined : "deno task nightly runs it"),
  "a QUIC endpoint, which listens and dials on one socket, punches where both NATs keep ports and are silent",
  async () => {
    const met = [true, true];
    const apart = [false, false];
    assertEquals(await meet("public", "random nat"), met);
    assertEquals(await meet("silent nat", "silent nat"), met);
    assertEquals(await meet("nat", "nat"), apart);
    assertEquals(await meet("silent nat", "random nat"), apart);
    assertEquals(await meet("random nat", "random nat"), apart);
  },
);

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
