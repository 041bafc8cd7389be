import { assertEquals } from "@std/assert";
import { SumLimits } from "../../../../src/mesh/averaging/secure/_sum_limits.ts";

const limits = () => new SumLimits({ stepTimeout: 30_000, self: "a" });
const size = (collector: string, values = 65_536) => ({ collector, values, members: 4 });

Deno.test("without sums that two others collected, a sum may take what all parts take over the slowest line", () => {
  const own = limits();
  own.took(size("b"), 1_000);
  assertEquals([own.longest(size("c")), own.longest(size("b"))], [66_000, 66_000]);
});

Deno.test("after that, what these make likely: members wait half as long again as the collector, and nobody less than 5 s", () => {
  const own = limits();
  own.took(size("b"), 1_000);
  own.took(size("c"), 1_000);
  assertEquals([own.longest(size("a")), own.longest(size("d"))], [9_000, 13_500]);
  assertEquals(own.longest(size("d", 655_360)), 120_000); // at most what the slowest line takes
  const fast = limits();
  for (const collector of ["b", "c"]) fast.took(size(collector), 10);
  assertEquals([fast.longest(size("a")), fast.longest(size("d"))], [5_000, 7_500]);
});

Deno.test("who has given nothing in time to two sums that a peer collects is left out of the next, then of two, of four, until it gives", () => {
  const own = limits();
  own.gaveNothing(["b", "c"]);
  assertEquals([own.goesWithout("b"), own.goesWithout("d")], [false, false]);
  for (const without of [1, 2, 4]) {
    own.gaveNothing(["b"]);
    const left = Array.from({ length: without + 1 }, () => own.goesWithout("b"));
    assertEquals(left, [...new Array(without).fill(true), false]);
  }
  own.gave(["b"]);
  own.gaveNothing(["b"]);
  assertEquals(own.goesWithout("b"), false);
});

Deno.test("sums that were given up make the next ones longer, and who collected two of them collects no more, unless others come to it", () => {
  const own = limits();
  for (const collector of ["b", "c", "d"]) own.took(size(collector), 1_000);
  for (const collector of ["b", "c"]) own.givenUp(size(collector), { isBegun: true });
  assertEquals(own.longest(size("d")) > 50_000, true, "two of three say so");
  own.givenUp(size("d"), { isBegun: false });
  assertEquals(["b", "d"].map((peer) => own.isPassedOver(peer)), [false, false]);
  own.givenUp(size("d"), { isBegun: false });
  assertEquals(["b", "d"].map((peer) => own.isPassedOver(peer)), [false, true]);
  own.took(size("d"), 1_000);
  assertEquals(own.isPassedOver("d"), false);
});
