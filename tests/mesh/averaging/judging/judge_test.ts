/** What is believed of vectors, masses and shares, by what all announce. */
import { assertEquals, assertThrows } from "@std/assert";
import { UnlikeError, UnsoundError } from "../../../../src/mesh/averaging/_messages.ts";
import { type Announced, Judge } from "../../../../src/mesh/averaging/judging/judge.ts";

const own = { vector: new Float32Array(100).fill(1), mass: 10, moved: 0.1 }; // of norm 10
/** As far from `own` as asked for. */
const away = (distance: number) => own.vector.map((value, i) => i === 0 ? value + distance : value);

function judgeOf(announced: Announced[], { others = 3, lossless = true } = {}) {
  const capped: unknown[] = [], cappedShares: unknown[] = [];
  const judge = new Judge({
    ...{ others: () => others, lossless },
    announced: () => announced,
    capped: (...told) => capped.push(told),
    cappedShare: (...told) => cappedShares.push(told),
  });
  return { judge, capped, cappedShares };
}
const distances = (...values: number[]) => values.map((distance, i) => ({ peer: `${i}`, distance }));

Deno.test("a vector is held against what is typical of members and of one's own training, whatever one of them says", () => {
  for (const lie of [0, 1e30]) {
    const { judge } = judgeOf(distances(0.2, 0.3, lie));
    judge.check(own, away(2));
    assertThrows(() => judge.check(own, away(4)), UnsoundError, "its weights are refused: they must be within");
  }
  const ofThree = judgeOf(distances(0.2, 1e30), { others: 2 }).judge;
  assertThrows(() => ofThree.check(own, away(4)), UnsoundError);
  const alone = judgeOf([]).judge;
  alone.check(own, away(1)); // ten times its own round
  assertThrows(() => alone.check(own, away(1.1)), UnsoundError);
});

Deno.test("members whose news are of before the round are as near as one's own training goes", () => {
  const { judge } = judgeOf(distances(0, 0, 0));
  judge.check(own, away(1)); // its own round took it 0.1 far
  assertThrows(() => judge.check(own, away(1.1)), UnlikeError);
  judge.check({ ...own, moved: 0 }, away(2.9)); // and one that does not train cannot tell
  assertThrows(() => judge.check({ ...own, moved: 0 }, away(3.1)), UnlikeError, "0.3 of the norm");
});

Deno.test("what a member announces of itself does not make what it gives more likely", () => {
  const { judge } = judgeOf(distances(0.2, 9), { others: 2 });
  const justBegun = { ...own, moved: 0 };
  judge.check(justBegun, away(5), "0"); // the other one is as far
  assertThrows(() => judge.check(justBegun, away(5), "1"), UnlikeError);
});

Deno.test("of a pair nobody is typical: what may be of the same training is believed", () => {
  const { judge } = judgeOf(distances(0), { others: 1 });
  judge.check(own, away(9));
  assertThrows(() => judge.check(own, own.vector.map((value) => -value)), UnsoundError);
});

Deno.test("a mass beyond ten times the middle one is capped, and told once", () => {
  const { judge, capped } = judgeOf([{ peer: "a", mass: 1e9 }, { peer: "b", mass: 12 }, { peer: "c", mass: 8 }]);
  assertEquals([judge.massOf("a", 1e9, own), judge.massOf("a", 1e9, own), judge.massOf("b", 12, own)], [100, 100, 12]);
  assertEquals(capped, [["a", 1e9, 100]]);
});

Deno.test("a share of push-sum is held by its vector, and counts for no more weight than all masses", () => {
  const { judge, cappedShares } = judgeOf([{ peer: "a", mass: 1e9 }, { peer: "b", mass: 10 }]);
  const rounds = { round: 1, ownRound: 1 };
  const share = (weight: number, vector = own.vector) => ({ weight, numerator: vector.map((value) => weight * value) });
  const most = 10 + 10 + 100 + 10; // nothing is known of the fourth
  for (const weight of [5, most]) assertEquals(judge.shareOf("a", own, { ...share(weight), ...rounds }), share(weight));
  for (let k = 0; k < 2; k++) {
    const { weight, numerator } = judge.shareOf("a", own, { ...share(4096), ...rounds });
    assertEquals([weight, numerator[7]], [most, most]);
  }
  assertEquals(cappedShares, [["a", 4096, most]]);
  assertEquals(judge.mostHeld(own), 2 * most);
  const far = { ...share(5, away(50)), ...rounds };
  assertThrows(() => judge.shareOf("a", own, far), UnsoundError, "its weights are refused");
});

Deno.test("who is far from most members believes those that are where most say they are, and one alone never", () => {
  const times = (factor: number) => own.vector.map((value) => factor * value); // 10 * (factor - 1) from `own`
  const { judge } = judgeOf(distances(88, 93, 90));
  judge.check(own, times(10));
  assertThrows(() => judge.check(own, times(30)), UnsoundError, "their norm must be within 4 times");
  const honest = judgeOf(distances(0.2, 0.3, 90)).judge; // one of three says that it is there
  assertThrows(() => honest.check(own, times(10)), UnsoundError, "their norm must be within 4 times");
  for (const others of [1, 2, 4]) {
    const few = judgeOf(distances(...others === 4 ? [88, 93] : [90]), { others }).judge;
    assertThrows(() => few.check(own, times(10)), UnsoundError, "their norm must be within 4 times");
  }
});
