/** A member that sends what cannot be averaged, among real nodes over loopback. */
import { assert, assertEquals } from "@std/assert";
import { newIdentity } from "./_identities.ts";
import { type EventLog, Meshes } from "./_meshes.ts";
import type { AuditRecord } from "../../src/mesh/protocols/traffic.ts";

/** What `log`'s mesh was warned of `peer`. */
function warningsOf({ log }: { log: EventLog }, peer: string): string[] {
  return log.seen.flatMap((event) => event.type === "warning" && event.peer === peer ? [event.message] : []);
}

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
  assertEquals(warningsOf(honest, self).map((message) => message.slice(0, 34)), ["averaging: its weights are refused"]);
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

Deno.test("a member that asks again and again with weights that are too far is told of once a round, given weights eight times, and offends the more", async () => {
  await using meshes = new Meshes();
  const identities = await Promise.all(Array.from({ length: 3 }, newIdentity));
  const given: AuditRecord[] = [];
  const audit = (record: AuditRecord) => Promise.resolve(void given.push(record));
  const [honest, , liar] = await meshes.all(identities, { believe: "likely", audit });
  const begin = (mesh: typeof honest.mesh, value: number) =>
    mesh.averaging.initialise(new Float32Array(50).fill(value), { layout: "l", mass: 1, round: 1 });
  begin(honest.mesh, 1);
  await honest.mesh.averaging.contribute(new Float32Array(50).fill(1e-6), 2);
  const { peerId: self } = identities[2];
  for (let k = 0; k < 20; k++) {
    begin(liar.mesh, 1.5);
    await liar.mesh.averaging.exchange({ exclude: [identities[1].peerId] });
  }
  const [first, ...others] = warningsOf(honest, self);
  assertEquals([first.startsWith("averaging: its weights are refused: they must be"), others], [true, []]);
  assertEquals(given.filter(({ peer }) => peer === self).length, 8);
  assertEquals(honest.mesh.members().find(({ peer }) => peer === self)?.conduct?.offences, 3);
  await honest.mesh.announceHead({ round: 2 });
  await honest.log.warning(`7 times more in this round: ${first}`);

  await honest.mesh.averaging.contribute(new Float32Array(50).fill(1e-6), 3);
  begin(liar.mesh, 1.01);
  const outcome = await liar.mesh.averaging.exchange({ exclude: [identities[1].peerId] });
  assert("partner" in outcome, JSON.stringify(outcome)); // in the next round it is looked at again
});
