/** What is believed of rounds and states that others announce. */
import { assertEquals, assertMatch } from "@std/assert";
import { Rng } from "../../src/core/rng.ts";
import { sketch, sketchSeed } from "../../src/mesh/heads/sketch.ts";
import { farBehind, membersAhead, mostAhead, strayRounds, whyNoState } from "../../src/peer/_lateness.ts";

const rng = new Rng(2);
const own = Float32Array.from({ length: 3000 }, () => rng.normal());
const trained = own.map((value) => 2 * value + 0.5 * rng.normal());
const noise = Float32Array.from(own, () => 3 * rng.normal());

function headsOf(rounds: Record<string, number>, vectors: Record<string, Float32Array> = {}, layout = "net") {
  return new Map(
    Object.entries(rounds).map(([peer, round]) => {
      const vector = vectors[peer];
      return [peer, { round, layout, ...(vector && { sketch: sketch(vector, sketchSeed(layout)) }) }];
    }),
  );
}

const ahead = (heads: ReturnType<typeof headsOf>, { others = 3, beyond = 2, total = 12 } = {}) => {
  const found = membersAhead({ heads, others, beyond, total, layoutDigest: "net" });
  return found && { peers: found.peers, round: found.round };
};

Deno.test("one member alone makes nobody late, whatever it announces, but where there are only two sites", () => {
  for (const round of [3, 11, 12, 1e9]) assertEquals(ahead(headsOf({ liar: round, b: 1, c: 0 })), undefined);
  assertEquals(ahead(headsOf({ other: 9 }), { others: 1 }), { peers: ["other"], round: 9 });
  assertEquals(ahead(headsOf({ other: 1e9 }), { others: 1 }), undefined);
});

Deno.test("two that are ahead confirm the round of the one that is less far", () => {
  assertEquals(ahead(headsOf({ a: 6, b: 7, liar: 11 })), { peers: ["a", "b", "liar"], round: 7 });
  assertEquals(ahead(headsOf({ a: 6, liar: 11, c: 1 })), { peers: ["a", "liar"], round: 6 });
  assertEquals(ahead(headsOf({ a: 6, liar: 13 })), undefined); // the run has twelve
  assertEquals(ahead(headsOf({ a: 6, b: 7 }, {}, "another net")), undefined);
});

Deno.test("a site that trains already follows more than half of the others, and liars only where they are as many", () => {
  const most = (rounds: Record<string, number>, others: number) =>
    mostAhead({ heads: headsOf(rounds), others, beyond: 2, total: 12, layoutDigest: "net" })?.round;
  assertEquals(most({ a: 9, b: 8, c: 1 }, 3), 8);
  assertEquals(most({ liar: 12, accomplice: 12, a: 2, b: 2 }, 4), undefined);
  assertEquals(most({ liar: 12, accomplice: 12, a: 7, b: 2 }, 4), 7);
  assertEquals(most({ a: 9, b: 8 }, 4), undefined); // two were never seen
  assertEquals([most({ other: 9 }, 1), most({ a: 9 }, 2), most({ a: 9, b: 4 }, 2)], [9, undefined, 4]);
});

Deno.test("a quarter of the rounds is far behind, ten where that is less, and three from then on", () => {
  assertEquals([3, 20, 100].map((rounds) => farBehind(rounds, false)), [10, 10, 25]);
  assertEquals([3, 20, 100].map((rounds) => farBehind(rounds, true)), [3, 3, 3]);
});

Deno.test("a state is gone on from where it is near what another that is ahead announces", () => {
  const heads = headsOf({ a: 6, liar: 11 }, { a: trained, liar: trained });
  const found = membersAhead({ heads, others: 3, beyond: 2, total: 12, layoutDigest: "net" })!;
  const why = (peer: string, state: Float32Array) =>
    whyNoState(state, { peer, own, ahead: found, layoutDigest: "net" });
  assertEquals(why("a", trained.map((value) => value + 0.01 * rng.normal())), undefined);
  assertMatch(why("liar", noise)!, /near what the others announce, 0 of 1 that are as far do/);
  assertMatch(why("liar", own.map((value) => -value))!, /near what the others announce/);
  assertMatch(why("liar", own.map((value) => 1e29 * value))!, /their norm must be within 30 times one's own/);
});

Deno.test("where one of several that are ahead lies, a state is held against the others", () => {
  const heads = headsOf({ a: 6, b: 6, liar: 7 }, { a: trained, b: trained, liar: noise });
  const found = membersAhead({ heads, others: 3, beyond: 2, total: 12, layoutDigest: "net" })!;
  assertEquals(whyNoState(trained, { peer: "a", own, ahead: found, layoutDigest: "net" }), undefined);
  assertMatch(whyNoState(noise, { peer: "liar", own, ahead: found, layoutDigest: "net" })!, /0 of 2/);
});

Deno.test("only rounds that no run like this one has are told", () => {
  assertEquals(strayRounds(headsOf({ a: 12, longer: 100, liar: 1e9 }), 12), [{ peer: "liar", round: 1e9 }]);
});
