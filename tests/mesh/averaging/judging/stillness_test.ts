/** Members that always give the same weights, and those that only look like it. */
import { assertEquals } from "@std/assert";
import { Stillness } from "../../../../src/mesh/averaging/judging/stillness.ts";

const LENGTH = 5_000;
const filled = (value: number) => new Float32Array(LENGTH).fill(value);
/** The norm of an update that adds `value` everywhere. */
const moveOf = (value: number) => value * Math.sqrt(LENGTH);

/**
 * Rounds in which this peer trains by 0.1 and a member gives what `member` makes of its vector: which of them it is
 * refused in. What is not refused is averaged, and both take the mean, as far as the member does.
 */
function refusals(
  member: {
    trains: (value: number, round: number) => number;
    takes: boolean;
    rounds?: number[];
    ownRounds?: number[];
    share?: number;
  },
): number[] {
  const { trains, takes, rounds = [1, 2, 3, 4, 5, 6], ownRounds = rounds, share = 1 / 2 } = member;
  const stillness = new Stillness();
  let own = 0, theirs = 0;
  const refused: number[] = [];
  for (const [i, round] of rounds.entries()) {
    own += 0.1;
    theirs = trains(theirs, round);
    const given = { round, ownRound: ownRounds[i], given: filled(theirs), moved: moveOf(0.1) };
    if (stillness.whyStill("a", given) !== undefined) {
      refused.push(i + 1);
      continue;
    }
    stillness.met("a", given, { own: filled(own), share });
    const mean = (own + theirs) / 2;
    own = mean;
    if (takes) theirs = mean;
  }
  return refused;
}

Deno.test("who gives the same weights in three rounds is refused from the third on, until it gives others", () => {
  assertEquals(refusals({ trains: () => 0, takes: false }), [3, 4, 5, 6]);
  assertEquals(refusals({ trains: (_, round) => round < 5 ? 0 : 0.05, takes: false }), [3, 4]);
  // what rounding or a lossy encoding makes of it is no other vector
  assertEquals(refusals({ trains: (_, round) => 1e-5 * round, takes: false }), [3, 4, 5, 6]);
});

Deno.test("who trains by nothing but takes what it is given, or trains by little and takes nothing, is not", () => {
  assertEquals(refusals({ trains: (value) => value, takes: true }), []);
  assertEquals(refusals({ trains: (value) => value + 0.002, takes: false }), []);
});

Deno.test("who stays in one round is, but later, and not where its rule decides at the end of its step", () => {
  const late = { trains: () => 0, takes: false, rounds: [6, 6, 6, 6, 6, 6], ownRounds: [1, 2, 3, 4, 5, 6] };
  assertEquals(refusals(late), [5, 6]);
  assertEquals(refusals({ ...late, share: 0 }), []);
  assertEquals(
    refusals({ ...late, trains: (value) => value, takes: true }),
    [],
    "it is slow, and takes what it is given",
  );
});

Deno.test("who is asked again in the same round, or was started again from its checkpoint, is not", () => {
  assertEquals(refusals({ trains: () => 0, takes: false, rounds: [4, 4, 4, 4, 4] }), []);
  assertEquals(refusals({ trains: () => 0, takes: false, rounds: [4, 4, 4, 4], ownRounds: [1, 2, 3, 4] }), []);
});

/** Rounds in which a member gives `value` and is given `own`: which it is refused in. */
function refusalsOf({ value, own, share = 1 / 2 }: { value: number; own: number; share?: number }): number[] {
  const stillness = new Stillness();
  return [1, 2, 3, 4, 5].filter((round) => {
    const given = { round, ownRound: round, given: filled(value), moved: moveOf(0.1) };
    if (stillness.whyStill("a", given) !== undefined) return true;
    stillness.met("a", given, { own: filled(own), share });
    return false;
  });
}

Deno.test("where all agree nobody need move, nor one that is too far to take what it is given", () => {
  assertEquals(refusalsOf({ value: 1, own: 1 }), []);
  assertEquals(refusalsOf({ value: 1, own: 1.005 }), []);
  assertEquals(refusalsOf({ value: 1, own: 1.1 }), [3, 4, 5]);
  assertEquals(refusalsOf({ value: 1, own: 1.9, share: 0 }), [3, 4, 5]);
  assertEquals(refusalsOf({ value: 1, own: 2.1 }), []);
});

Deno.test("another training is another matter", () => {
  const stillness = new Stillness();
  const reasons = [5_000, 5_000, 7, 7, 5_000, 5_000].map((length, i) => {
    const vector = (value: number) => new Float32Array(length).fill(value);
    const given = { round: i, ownRound: i, given: vector(0), moved: 0.1 * Math.sqrt(length) };
    stillness.met("a", given, { own: vector(0.1), share: 1 / 2 });
    return stillness.whyStill("a", given);
  });
  assertEquals(reasons, reasons.map(() => undefined));
});
