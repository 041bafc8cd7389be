/** What counts as a split, on a clock of its own. */
import { assertEquals } from "@std/assert";
import { SplitWatch } from "../../../src/mesh/finding/split.ts";

const OPTIONS = { patience: 100, settling: 10 };

Deno.test("a whole group that goes is told once, together, after the patience, and once more when it is back", () => {
  const watch = new SplitWatch(OPTIONS);
  for (const peer of ["c", "b", "a"]) watch.joined(peer, 0);
  assertEquals(watch.nextDue(), Infinity);
  watch.left("c", 1000);
  watch.left("b", 1001);
  assertEquals(watch.nextDue(), 1100);
  assertEquals(watch.check(1099), []);
  assertEquals(watch.check(1101), [{ type: "split", missing: ["b", "c"] }]);
  assertEquals(watch.check(5000), []);
  watch.joined("b", 6000);
  watch.joined("c", 6001);
  assertEquals(watch.check(6009), []);
  assertEquals(watch.nextDue(), 6010);
  assertEquals(watch.check(6011), [{ type: "healed", peers: ["b", "c"] }]);
  assertEquals(watch.nextDue(), Infinity);
});

Deno.test("a short outage, a goodbye, and who was never here are no split", () => {
  const watch = new SplitWatch(OPTIONS);
  watch.joined("a", 0);
  watch.left("a", 10);
  watch.joined("a", 109);
  watch.joined("b", 0);
  watch.left("b", 20, { goodbye: true });
  assertEquals(watch.nextDue(), Infinity);
  assertEquals(watch.check(10_000), []);
});

Deno.test("one that goes later is told with all that are missing, and one that only looks in is not back", () => {
  const watch = new SplitWatch(OPTIONS);
  watch.joined("a", 0);
  watch.joined("b", 0);
  watch.left("a", 0);
  assertEquals(watch.check(100), [{ type: "split", missing: ["a"] }]);
  watch.joined("a", 200);
  watch.left("a", 205);
  assertEquals(watch.check(220), []);
  watch.left("b", 220);
  assertEquals(watch.check(320), [{ type: "split", missing: ["a", "b"] }]);
  watch.joined("a", 400);
  assertEquals(watch.check(410), [{ type: "healed", peers: ["a"] }]);
  watch.forget("b");
  assertEquals(watch.nextDue(), Infinity);
});
