/** Partners that are busy again and again. */
import { assertEquals } from "@std/assert";
import { BusyPartners } from "../../../../src/mesh/averaging/two_way/_busy.ts";

function step(busy: BusyPartners, asked: string[], met: string[] = []): string[] {
  for (const peer of asked) busy.note(peer);
  return busy.endStep(met);
}

Deno.test("one that was busy in three steps is passed over, told once, and asked first again when it averages", () => {
  const busy = new BusyPartners();
  assertEquals([step(busy, ["a", "b", "a"]), step(busy, ["a"]), busy.isPassedOver("a")], [[], [], false]);
  assertEquals([step(busy, ["a", "b"]), busy.isPassedOver("a"), busy.isPassedOver("b")], [["a"], true, false]);
  assertEquals([step(busy, ["a"]), busy.isPassedOver("a")], [[], true]);
  assertEquals([step(busy, ["a"], ["a"]), busy.isPassedOver("a")], [[], false]);
});

Deno.test("one that is busy and is averaged with in the same step was only busy", () => {
  const busy = new BusyPartners();
  for (let i = 0; i < 5; i++) assertEquals(step(busy, ["a"], ["a"]), []);
  assertEquals(busy.isPassedOver("a"), false);
});
