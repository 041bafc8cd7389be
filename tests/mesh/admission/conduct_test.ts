/** Offences are counted by member, and lead to pauses. */
import { assertEquals, assertMatch } from "@std/assert";
import { Conduct, type PausedEvent } from "../../../src/mesh/admission/conduct.ts";

function watched() {
  const told: PausedEvent[] = [];
  const clock = { now: 0 };
  return { told, clock, conduct: new Conduct({ emit: (event) => told.push(event), now: () => clock.now }) };
}

function offend(conduct: Conduct, peer: string, times: number) {
  for (let i = 1; i <= times; i++) conduct.offence(peer, `fault ${i}`);
}

Deno.test("five offences pause a member, and no other, with the number and the last one as the reason", () => {
  const { conduct, told } = watched();
  offend(conduct, "liar", 4);
  conduct.offence("other", "once");
  assertEquals([conduct.isPaused("liar"), conduct.whyPaused("liar"), told], [false, undefined, []]);
  conduct.offence("liar", "its norm");
  const reason = "5 times what it sent was refused, the last time: its norm";
  assertEquals(told, [{ type: "paused", peer: "liar", reason, duration: 600_000 }]);
  assertEquals([conduct.whyPaused("liar"), conduct.isPaused("other")], [reason, false]);
  assertEquals(conduct.of("liar"), { offences: 5, paused: true, reason });
  assertEquals([conduct.of("other"), conduct.of("nobody")], [{ offences: 1, paused: false }, undefined]);
});

Deno.test("what goes well makes up for an offence: one that was far for a while is not paused", () => {
  const { conduct, told } = watched();
  for (let i = 0; i < 20; i++) {
    conduct.offence("honest", "far");
    conduct.good("honest");
  }
  assertEquals([told, conduct.of("honest")!.offences], [[], 20]);
});

Deno.test("a pause ends, and the next one is twice as long, up to two hours", () => {
  const { conduct, told, clock } = watched();
  for (let k = 0; k < 6; k++) {
    offend(conduct, "liar", 7); // what comes in a pause counts towards no other
    assertEquals(conduct.isPaused("liar"), true);
    clock.now += told.at(-1)!.duration;
    assertEquals(conduct.isPaused("liar"), false);
  }
  assertEquals(told.map(({ duration }) => duration / 60_000), [10, 20, 40, 80, 120, 120]);
  assertMatch(conduct.of("liar")!.reason!, /^40 times /);
});
