/** How many connections a stranger and a member can hold, over real sockets and nodes. */
import { assert, assertEquals } from "@std/assert";
import { hostileMember } from "../_hostile_member.ts";
import { newIdentity } from "../_identities.ts";
import { Meshes } from "../_meshes.ts";

const [alice, bob, carol] = [await newIdentity(), await newIdentity(), await newIdentity()];

Deno.test("a stranger's silent connections keep no member out", async () => {
  await using meshes = new Meshes();
  const { mesh, log } = await meshes.start(alice, [alice, bob]);
  const port = Number(/\/tcp\/(\d+)/.exec(mesh.addresses()[0])![1]);
  const ended: Promise<unknown>[] = [];
  const calls: Deno.TcpConn[] = [];
  for (let i = 0; i < 190; i++) { // an address may call 200 times a second
    const call = await Deno.connect({ hostname: "127.0.0.1", port });
    calls.push(call);
    ended.push(call.readable.pipeTo(new WritableStream()).catch(() => {}));
  }
  const began = performance.now();
  // all but the newest are hung up on
  await Promise.all(ended.slice(0, -60));
  await using member = await hostileMember(bob);
  await member.join(mesh);
  await log.wait("peer-joined", bob.peerId);
  assert(performance.now() - began < 9_000, "before any handshake has timed out");
  for (const call of calls) {
    try {
      call.close();
    } catch {
      // hung up on
    }
  }
  await Promise.all(ended);
});

Deno.test("a member has a few connections at a time, however many it begins, and others come in beside it", async () => {
  await using meshes = new Meshes();
  const { mesh, log } = await meshes.start(alice, [alice, bob, carol]);
  await using many = await hostileMember(bob);
  await using other = await hostileMember(carol);
  const first = await many.join(mesh);
  await log.wait("peer-joined", bob.peerId);
  let letIn = 1;
  for (let i = 0; i < 30; i++) letIn += await many.join(mesh).then(() => 1, () => 0);
  assertEquals(letIn, 8);
  assertEquals(first.status, "open");
  await other.join(mesh);
  await log.wait("peer-joined", carol.peerId);
  // one that goes makes room for another
  await first.close();
  for (;;) {
    if (await many.join(mesh).then(() => true, () => false)) break;
  }
});
