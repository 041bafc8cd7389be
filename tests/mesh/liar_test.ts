/** A member that sends what cannot be averaged, among real nodes over loopback. */
import { assert, assertEquals } from "@std/assert";
import { newIdentity } from "./_identities.ts";
import { Meshes } from "./_meshes.ts";

Deno.test("a member whose weights are refused again and again is named, then left alone, and the others go on", async () => {
  await using meshes = new Meshes();
  const identities = await Promise.all(Array.from({ length: 3 }, newIdentity));
  const [honest, other, liar] = await meshes.all(identities, { believe: "likely" });
  const begin = (mesh: typeof honest.mesh, value: number) =>
    mesh.averaging.initialise(new Float32Array(50).fill(value), { layout: "l", mass: 1, round: 1 });
  begin(honest.mesh, 1);
  begin(other.mesh, 1.01);
  begin(liar.mesh, 1e27);
  const { peerId: self } = identities[2];
  for (let k = 0; k < 5; k++) {
    await honest.mesh.averaging.exchange({ exclude: [identities[1].peerId] });
  }
  const refused = honest.log.seen.filter((event) => event.type === "warning" && event.peer === self);
  assertEquals(refused.length, 5);
  assert(refused.every((event) => event.type === "warning" && event.message.includes("its weights are refused")));
  const { reason } = await honest.log.wait("paused", self);
  assert(reason.startsWith("5 times what it sent was refused, the last time: its weights are refused"), reason);
  const known = honest.mesh.members().find(({ peer }) => peer === self);
  assertEquals([known?.conduct?.paused, known?.conduct?.offences, honest.mesh.heads().has(self)], [true, 5, false]);

  // nothing is asked of it nor answered any more; the others average
  assertEquals(await honest.mesh.averaging.exchange({ exclude: [identities[1].peerId] }), {
    skipped: "every connected member is excluded",
  });
  const asked = await liar.mesh.averaging.exchange({ exclude: [identities[1].peerId] });
  assert("skipped" in asked && asked.skipped.includes("it refused: this member is paused: 5 times"));
  const mixed = await honest.mesh.averaging.exchange();
  assert("partner" in mixed && mixed.partner === identities[1].peerId);
  const [value] = honest.mesh.averaging.snapshot().vector;
  assert(value > 1 && value < 1.01, `${value}`);
});
