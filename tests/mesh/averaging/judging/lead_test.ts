/**
 * How far a member leads the others over many of their rounds: one that lies in one direction, and honest ones that are
 * many times faster and have other data. What a round of training does is made up: half of it is common to all, the rest
 * a site's own or chance, so that two thirds of a site's way over many rounds go in one direction.
 */
import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../../../src/core/rng.ts";
import { UnlikeError } from "../../../../src/mesh/averaging/_messages.ts";
import { Judge } from "../../../../src/mesh/averaging/judging/judge.ts";
import { likenessOf } from "../../../../src/mesh/averaging/judging/likeness.ts";

const LENGTH = 100, ROUNDS = 12;

type Vector = Float32Array;

const sum = (a: Vector, b: Vector, times = 1): Vector => a.map((value, i) => value + times * b[i]);
const dot = (a: Vector, b: Vector) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const distance = (a: Vector, b: Vector) => likenessOf(a, b).distance;

/** What one member and some slow sites come to, which meet it `meetings` times in each of their rounds, all together. */
function outcome({ slow, meetings, lies = false }: { slow: number; meetings: number; lies?: boolean }) {
  const rng = new Rng(3);
  const unit = (): Vector => {
    const vector = Float32Array.from({ length: LENGTH }, () => rng.normal());
    return vector.map((value) => value / Math.sqrt(dot(vector, vector)));
  };
  const common = unit(), own = Array.from({ length: slow + 1 }, unit);
  const update = (site: number): Vector => {
    const vector = sum(sum(common.map((value) => 0.55 * value), own[site], 0.45), unit(), 0.7);
    return vector.map((value) => value / Math.sqrt(dot(vector, vector)));
  };
  const vectors = own.map((): Vector => new Float32Array(LENGTH).fill(2));
  let announced = [...vectors];
  const judges = Array.from({ length: slow }, (_, site) =>
    new Judge({
      ...{ others: () => slow, lossless: true, capped: () => {}, cappedShare: () => {} },
      announced: () =>
        announced.flatMap((vector, other) =>
          other === site ? [] : [{ peer: `${other}`, distance: distance(announced[site], vector) }]
        ),
    }));
  let refused = 0, met = 0;
  const takes = (site: number, other: number, ownRound: number, [mine, given]: [Vector, Vector]) => {
    const side = { mass: 1, moved: 1 }, mixed = { likeness: likenessOf(mine, given), ownRound, share: 1 / 2 };
    met += other === slow ? 1 : 0;
    try {
      judges[site].checkLikeness(side, mixed.likeness, `${other}`);
      judges[site].checkPull(`${other}`, side, mixed);
    } catch (error) {
      if (!(error instanceof UnlikeError)) throw error;
      refused += other === slow ? 1 : 0;
      return;
    }
    judges[site].mixed(`${other}`, side, mixed);
    vectors[site] = sum(mine, sum(given, mine, -1), 1 / 2);
  };
  for (let round = 1; round <= ROUNDS; round++) {
    for (let site = 0; site < slow; site++) vectors[site] = sum(vectors[site], update(site));
    announced = [...vectors];
    for (let k = 0; k < meetings; k++) {
      const site = rng.int(slow), next = (site + 1) % slow;
      vectors[slow] = lies ? sum(vectors[site], own[slow], 9.5) : sum(vectors[slow], update(slow));
      const before: [Vector, Vector] = [vectors[site], vectors[slow]];
      takes(site, slow, round, before);
      vectors[slow] = sum(before[0], before[1]).map((value) => value / 2);
      if (k % slow > 0) continue;
      const pair: [Vector, Vector] = [vectors[site], vectors[next]];
      takes(site, next, round, pair);
      takes(next, site, round, [pair[1], pair[0]]);
    }
  }
  const led = vectors.slice(0, slow).map((vector) =>
    dot(vector, own[slow]) - dot(new Float32Array(LENGTH).fill(2), own[slow])
  );
  return { refused, met, led: Math.max(...led) };
}

for (const [slow, faster] of [[2, 10], [3, 20], [5, 20]]) {
  Deno.test(`an honest member that is ${faster} times faster than ${slow} others, on other data, is never refused`, () => {
    assertEquals(outcome({ slow, meetings: faster }).refused, 0);
  });
}

Deno.test("one that is 40 times faster is refused now and then, and leads the others no less for it", () => {
  const { refused, met, led } = outcome({ slow: 3, meetings: 40 });
  assert(refused > 0 && refused < met / 8, `${refused} of ${met}`); // 55 of 480
  assert(led > 40, `${led}`); // 44, and 51 if nothing were refused
});

Deno.test("a member that pulls the same way again and again leads the others no farther over many rounds than an honest one may", () => {
  const often = outcome({ slow: 3, meetings: 60, lies: true });
  assert(often.led < 80, `${often.led}`); // 68, and 765 if no earlier round counted
  assert(often.refused > 0.9 * often.met, `${often.refused} of ${often.met}`);
  const once = outcome({ slow: 3, meetings: 3, lies: true });
  assert(once.led < 80, `${once.led}`); // 66 without a refusal: as far as what is honest goes
});
