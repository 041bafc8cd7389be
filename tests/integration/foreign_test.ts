/** Hosts and relays of other implementations, go-libp2p and rust-libp2p, beside meshes of this one. */
import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { utf8 } from "../../src/core/bytes.ts";
import { makeHello } from "../../src/mesh/admission/hello.ts";
import { decodeFrames, DEFAULT_LIMITS, encodeFrames } from "../../src/mesh/protocols/frame.ts";
import { loadIdentity } from "../../src/mesh/envelope/identity.ts";
import { newPlace } from "../../src/mesh/protocols/place.ts";
import { newIdentity } from "../mesh/_identities.ts";
import { Meshes, settled } from "../mesh/_meshes.ts";
import { foreignHost, type ForeignKind, ForeignProcess } from "./fixtures/foreign_host.ts";

const hosts = { "go-libp2p": await foreignHost("go-libp2p"), "rust-libp2p": await foreignHost("rust-libp2p") };

/** A test that is left out, with the reason in its name, where there is no such host. */
function testWithHost(kind: ForeignKind, name: string, fn: (path: string) => Promise<void>): void {
  const host = hosts[kind];
  if ("path" in host) Deno.test(name, () => fn(host.path));
  else Deno.test({ name: `${name} (skipped: ${host.missing})`, ignore: true, fn: () => {} });
}

/** Two members that only a go-libp2p relay joins, `rounds` exchanges of `length` values, and what is told. */
async function throughRelay(path: string, flags: string[], { length, rounds }: { length: number; rounds: number }) {
  await using relay = new ForeignProcess(path, ["relay", ...flags]);
  const { peer, addresses } = await relay.line("listening");
  await using meshes = new Meshes();
  const [alice, bob] = [await newIdentity(), await newIdentity()];
  const options = { relays: addresses.slice(0, 1), listen: [] };
  const a = await meshes.start(alice, [alice, bob], options);
  const b = await meshes.start(bob, [alice, bob], options);
  for (const [{ mesh }, value] of [[a, 1], [b, 3]] as const) {
    mesh.averaging.initialise(new Float32Array(length).fill(value), { layout: "test", mass: 1, round: 0 });
  }
  await Promise.all([a.log.wait("peer-joined"), b.log.wait("peer-joined")]);
  for (let round = 1; round <= rounds; round++) {
    for (const { mesh } of [a, b]) mesh.averaging.contribute(new Float32Array(length).fill(round), round);
    const result = await a.mesh.averaging.exchange();
    assert("partner" in result, JSON.stringify(result));
    await settled([a.log, b.log]);
    for (const { mesh } of [a, b]) {
      assertAlmostEquals(mesh.averaging.snapshot().vector[0], 2 + round * (round + 1) / 2, 1e-4);
      await mesh.announceHead({ round });
    }
  }
  const seen = [a, b].map(({ log }) => log.seen);
  return {
    peer,
    left: seen.flat().filter(({ type }) => type === "peer-left").length,
    blamed: seen.flat().flatMap((event) => event.type === "warning" && event.peer !== undefined ? [event.message] : []),
    limits: seen.map((events) =>
      events.flatMap((event) =>
        event.type === "warning" && event.message.startsWith("the relay") ? [event.message] : []
      )
    ),
  };
}

testWithHost("go-libp2p", "through a go-libp2p relay without limits two members average in 12 rounds", async (path) => {
  const { left, blamed, limits } = await throughRelay(path, ["-unlimited"], { length: 100_000, rounds: 12 });
  assertEquals([left, blamed, limits], [0, [], [[], []]]);
});

testWithHost(
  "go-libp2p",
  "through one with its default limits they average, too, and are told of them once",
  async (path) => {
    const { peer, left, blamed, limits } = await throughRelay(path, [], { length: 25_000, rounds: 2 });
    assertEquals([left, blamed], [0, []]);
    for (const told of limits) {
      assertEquals(told.length, 1);
      assertMatch(told[0], new RegExp(`^the relay ${peer} allows about 12\\d KiB and 1[012]\\d s a connection`));
    }
  },
);

/** A folder with a key of its own, and what a member with that key says first. */
async function newSite() {
  const directory = await Deno.makeTempDir({ prefix: "syncytium-foreign-" });
  const identity = await loadIdentity(directory);
  const place = await newPlace(identity, "test", Date.now());
  const hello = await makeHello(identity, { consortium: "test", settings: {}, place });
  const said = [hello, { type: "verdict", accepted: true }];
  const frames = said.map((message) => ({ kind: "message" as const, payload: utf8(JSON.stringify(message)) }));
  const bytes = await Array.fromAsync(encodeFrames(frames));
  return {
    ...{ directory, identity, hello: bytes.map((chunk) => chunk.toHex()).join("") },
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

/** Where who listens for `transport` does so. */
const listenAt = { tcp: "/ip4/127.0.0.1/tcp/0", websockets: "/ip4/127.0.0.1/tcp/0/ws" };

for (const kind of ["go-libp2p", "rust-libp2p"] as const) {
  for (const transport of ["tcp", "websockets"] as const) {
    const listen = [listenAt[transport]];

    testWithHost(
      kind,
      `a ${kind} host that is no member gets no application byte, calling or called, over ${transport}`,
      async (path) => {
        await using site = await newSite();
        await using meshes = new Meshes();
        const alice = await newIdentity();
        const { mesh, log } = await meshes.start(alice, [alice], { listen });
        const args = ["peer", "-key", `${site.directory}/identity.key`, "-listen", listen[0]];
        await using calling = new ForeignProcess(path, [...args, "-dial", mesh.addresses()[0], "-hello", site.hello]);
        const { error, agent, answer } = await calling.line("called");
        assert(error !== undefined, "it was refused");
        assertEquals([agent, answer], [undefined, undefined]);
        assertEquals(
          (await log.wait("peer-refused", site.identity.peerId)).reason,
          "it is not on this peer's list of members",
        );

        await using called = new ForeignProcess(path, args);
        const [address] = (await called.line("listening")).addresses;
        const bob = await newIdentity();
        const other = await meshes.start(bob, [bob], { bootstrap: [address.split("/p2p/")[0]] });
        await other.log.wait("peer-refused", site.identity.peerId);
        const bytes = (await called.line("closed")).bytes;
        const others = calling.lines.flatMap((line) => line.type === "closed" ? [line.bytes] : []);
        assertEquals([bytes, ...others].filter((count) => count > 0), []);
      },
    );

    testWithHost(
      kind,
      `a ${kind} host with a member's key that calls over ${transport} is answered identify, ping and the hello`,
      async (path) => {
        await using site = await newSite();
        await using meshes = new Meshes();
        const alice = await newIdentity();
        const { mesh, log } = await meshes.start(alice, [alice, site.identity], { listen });
        const call = ["-dial", mesh.addresses()[0], "-hello", site.hello];
        await using member = new ForeignProcess(path, ["peer", "-key", `${site.directory}/identity.key`, ...call]);
        const { error, agent, protocols, answer, ping } = await member.line("called");
        assertEquals(error, undefined);
        assertMatch(agent!, /js-libp2p/);
        assert(protocols!.includes("/syncytium/hello/1"));
        assert(ping! >= 0);
        const frames = await Array.fromAsync(
          decodeFrames(DEFAULT_LIMITS)(async function* () {
            yield Uint8Array.fromHex(answer!);
          }()),
        );
        const [hello, verdict] = frames.map(({ payload }) => JSON.parse(new TextDecoder().decode(payload)));
        assertEquals([hello.type, hello.consortium, verdict], ["hello", "test", { type: "verdict", accepted: true }]);
        await log.wait("peer-joined", site.identity.peerId);
      },
    );
  }
}
