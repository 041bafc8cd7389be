/** Two members between whom there is only a relay with libp2p's default limits. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { startRelay } from "../../src/mesh/connections/relay_node.ts";
import { newIdentity } from "./_identities.ts";
import { Meshes, settled } from "./_meshes.ts";

const [alice, bob, carrier] = await Promise.all([1, 2, 3].map(newIdentity));

/** What a relay allows unless it is told otherwise, by libp2p's defaults. */
const DEFAULTS = { bytes: 128 * 1024, duration: 120_000 };

async function pair(meshes: Meshes, relays: string[], length: number) {
  const options = { relays, listen: [] };
  const a = await meshes.start(alice, [alice, bob], options);
  const b = await meshes.start(bob, [alice, bob], options);
  for (const [{ mesh }, value] of [[a, 1], [b, 3]] as const) {
    mesh.averaging.initialise(new Float32Array(length).fill(value), { layout: "test", mass: 1, round: 1 });
  }
  await Promise.all([a.log.wait("peer-joined"), b.log.wait("peer-joined")]);
  return [a, b];
}

Deno.test("vectors that are larger than such a connection carries go over several, and nobody leaves or is blamed", async () => {
  const relay = await startRelay({ identity: carrier, listen: ["/ip4/127.0.0.1/tcp/0"], ...DEFAULTS });
  {
    await using meshes = new Meshes();
    const [a, b] = await pair(meshes, relay.addresses(), 30_000);
    const result = await a.mesh.averaging.exchange();
    assert("partner" in result, JSON.stringify(result));
    await settled([a.log, b.log]);
    for (const { mesh } of [a, b]) assertAlmostEquals(mesh.averaging.snapshot().vector[29_999], 2, 1e-6);
    for (const { log } of [a, b]) {
      const warnings = log.seen.filter((event) => event.type === "warning");
      assertEquals(warnings.filter(({ peer }) => peer !== undefined), [], "nobody is to blame");
      const told = warnings.filter(({ message }) => message.startsWith(`the relay ${carrier.peerId} allows about 12`));
      assertEquals(told.length, 1);
    }
    const gone = [a, b].flatMap(({ log }) => log.seen.filter(({ type }) => type === "peer-left"));
    assertEquals(gone, []);
  }
  await relay.stop();
});

Deno.test("vectors that are too large for it are told of once, and nothing of them is sent", async () => {
  const relay = await startRelay({ identity: carrier, listen: ["/ip4/127.0.0.1/tcp/0"], ...DEFAULTS });
  {
    await using meshes = new Meshes();
    const [a] = await pair(meshes, relay.addresses(), 1_200_000);
    for (let i = 0; i < 3; i++) assert("skipped" in await a.mesh.averaging.exchange());
    const warnings = a.log.seen.flatMap((event) => event.type === "warning" ? [event.message] : []);
    assertEquals(warnings.filter((line) => line.includes("4800006 bytes do not go through a relay")).length, 1);
    assert(a.mesh.bytes().weights.sent < 10_000);
  }
  await relay.stop();
});
