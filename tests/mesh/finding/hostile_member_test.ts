/** What a member can make another do by what it says of addresses and by repeated hellos; a real node is the member. */
import { assert, assertRejects } from "@std/assert";
import type { Stream } from "@libp2p/interface";
import { HEAD_PROTOCOL } from "../../../src/mesh/heads/heads.ts";
import { hostileMember } from "../_hostile_member.ts";
import { newIdentity } from "../_identities.ts";
import { Meshes } from "../_meshes.ts";

const [alice, bob, carol] = [await newIdentity(), await newIdentity(), await newIdentity()];

Deno.test("a member that says hello again and again is heard once, and its connection is watched once", async () => {
  await using meshes = new Meshes();
  const { mesh, log } = await meshes.start(alice, [alice, bob], { silence: 1_000 });
  await using liar = await hostileMember(bob);
  const pings: Stream[] = [];
  // never answered, so that each watch waits in one of them
  await liar.node.handle("/ipfs/ping/1.0.0", (stream) => void pings.push(stream), { maxInboundStreams: 100 });
  const connection = await liar.join(mesh);
  await log.wait("peer-joined", bob.peerId);
  for (let i = 0; i < 20; i++) await assertRejects(() => liar.greet(connection, mesh.peerId));
  await log.wait("peer-left", bob.peerId);
  assert(pings.length <= 3, `${pings.length} pings`); // one, and two that open streams excuse
});

Deno.test("a member that says all the time that another listens elsewhere has it called there a few times", async () => {
  await using meshes = new Meshes();
  const { mesh, log } = await meshes.start(alice, [alice, bob, carol], {});
  await using liar = await hostileMember(bob);
  const connection = await liar.join(mesh);
  await log.wait("peer-joined", bob.peerId);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let calls = 0;
  const taking = (async () => {
    for await (const call of listener) {
      calls++;
      call.close();
    }
  })();
  const { port } = listener.addr as Deno.NetAddr;
  for (let i = 0; i < 200; i++) {
    const channel = await liar.open(connection, HEAD_PROTOCOL);
    // the same port under ever new names
    const known = { [carol.peerId]: [`/ip4/127.0.0.1/tcp/${port}`, `/ip4/127.0.${i}.1/tcp/${port}`] };
    await channel.sendMessage({ type: "heads", known });
    await channel.receive().catch(() => {});
    await channel.close();
  }
  listener.close();
  await taking.catch(() => {});
  assert(calls > 0, "news is taken note of");
  assert(calls <= 10, `${calls} calls`);
});
