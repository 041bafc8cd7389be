import "../../../scripts/examples/aggregation_rule.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../../../src/core/errors.ts";
import { SLICE } from "../../../src/core/slices.ts";
import { Rng } from "../../../src/core/rng.ts";
import { checkCombination, type Combination } from "../../../src/mesh/averaging/aggregation/combination.ts";
import { PushSumState, type Share } from "../../../src/mesh/averaging/one_way/push_sum.ts";
import { aggregate, aggregating, type Received } from "../../../src/mesh/averaging/aggregation/rule.ts";
import { aggregationRules } from "../../../src/mesh/averaging/aggregation/rules.ts";
import { compressors } from "../../../src/mesh/averaging/compression/compressors.ts";
import { topologies } from "../../../src/mesh/averaging/topologies/topologies.ts";

const START = { round: 0, rounds: 10 };
const vector = (...values: number[]) => Float32Array.from(values);
const from = (peer: string, values: number[], { mass = 1, weight = 0.25 } = {}): Received => ({
  peer,
  vector: vector(...values),
  mass,
  weight,
});

for (const rule of aggregationRules) {
  Deno.test(`${rule.name}: what no rule may see is refused and attributed, and the rest still counts`, () => {
    const own = { vector: vector(1, 2), mass: 1 };
    const good = [..."abcdefgh"].map((peer) => from(peer, [1.1, 2.1], { weight: 0.1 }));
    const bad = [
      from("nan", [NaN, 0]),
      from("infinite", [1, Infinity]),
      from("short", [1]),
      from("massless", [1, 2], { mass: 0 }),
      from("heavy", [1, 2], { mass: 1e12 }),
      from("a", [9, 9]),
    ];
    const mixed = aggregate(rule.open(), own, [...good, ...bad], START);
    assertEquals(mixed.refused.map(({ peer }) => peer), ["nan", "infinite", "short", "massless", "heavy", "a"]);
    assert(mixed.refused.every(({ reason }) => reason.includes("must")));
    assertEquals(mixed.vector, aggregate(rule.open(), own, good, START).vector);
    assert(mixed.vector[0] > 1 && mixed.vector[0] <= 1.101);
  });

  Deno.test(`${rule.name}: with nobody to believe a peer keeps its own vector, and never writes to what it was given`, () => {
    const own = { vector: vector(1, 2), mass: 1 };
    assertEquals(aggregate(rule.open(), own, [], START), { vector: own.vector, refused: [] });
    assertEquals(aggregate(rule.open(), own, [from("a", [NaN, 1])], START).vector, own.vector);
    const others = ["a", "b", "c"].map((peer) => from(peer, [1.2, 2.2]));
    aggregate(rule.open(), own, others, START);
    assertEquals(own.vector, vector(1, 2));
    assertEquals(others[0].vector, vector(1.2, 2.2));
  });

  Deno.test(`${rule.name}: peers that agree stay where they are`, () => {
    const same = [3, -1, 0.5];
    const own = { vector: vector(...same), mass: 2 };
    const others = ["a", "b", "c", "d", "e"].map((peer, k) => from(peer, same, { mass: 1 + k, weight: 0.15 }));
    const mixed = aggregate(rule.open(), own, others, START).vector;
    same.forEach((value, i) => assertAlmostEquals(mixed[i], value, 1e-6));
  });
}

Deno.test("mean: of two with weights 1/2 it is their mean, weighted by mass", () => {
  const rng = new Rng(1);
  const [x, y] = [0, 1].map(() => Float32Array.from({ length: 20 }, () => rng.normal()));
  const received = [{ peer: "b", vector: y, mass: 5, weight: 0.5 }];
  const mixed = aggregate(aggregationRules.named("mean").open(), { vector: x, mass: 3 }, received, START).vector;
  mixed.forEach((value, i) => assertAlmostEquals(value, (3 * x[i] + 5 * y[i]) / 8, 1e-6));
});

Deno.test("mean: on every two-way topology the sum of m·x is kept and all tend to the mass-weighted mean", () => {
  const rule = aggregationRules.named("mean");
  for (const topology of [...topologies].filter(({ links }) => links === "two-way")) {
    const rng = new Rng(2);
    const masses = [1, 40, 20, 3, 7, 90, 2];
    let peers: Float32Array[] = masses.map(() => vector(rng.normal(), rng.normal()));
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    const weighted = (k: number) => peers.reduce((sum, peer, i) => sum + masses[i] * peer[k], 0) / total;
    const goal = [weighted(0), weighted(1)];
    for (let round = 0; round < 800; round++) {
      const plan = topology.plan(7, { round, seed: 1 });
      peers = peers.map((own, i) => {
        const { partners, weights } = plan[i];
        const received = partners.map((j, k) => ({
          peer: `${j}`,
          vector: peers[j],
          mass: masses[j],
          weight: weights[k],
        }));
        return aggregate(rule.open(), { vector: own, mass: masses[i] }, received, START).vector;
      });
      assertAlmostEquals(weighted(0), goal[0], 1e-4, `${topology.name}, round ${round}`);
    }
    for (const peer of peers) goal.forEach((value, k) => assertAlmostEquals(peer[k], value, 1e-3, topology.name));
  }
});

Deno.test("self-centred clipping: whoever is far away moves a peer by the lower quartile times its weight at most", () => {
  const own = { vector: vector(0, 0), mass: 1 };
  const lengths = [1, 2, 4, 8, 4, 8, 4].map((length, k) => from(`p${k}`, k === 0 ? [length, 0] : [0, length]));
  const others = [...lengths, from("far", [3e5, 4e5])];
  const mixed = aggregate(aggregationRules.named("self-centred-clipping").open(), own, others, START).vector;
  [0.25 * (1 + 1.2), 0.25 * (6 * 2 + 1.6)].forEach((value, i) => assertAlmostEquals(mixed[i], value, 1e-5));
});

Deno.test("self-centred clipping: a pair's radius comes from earlier meetings, and without enough of them a peer only listens", () => {
  const aggregator = aggregationRules.named("self-centred-clipping").open();
  const own = { vector: vector(0), mass: 1 };
  const meet = (peer: string, value: number) =>
    aggregate(aggregator, own, [from(peer, [value], { weight: 0.5 })], START).vector[0];
  assertEquals([..."abcdefg"].map((peer, k) => meet(peer, k === 0 ? 1e6 : 1)), new Array(7).fill(0));
  assertAlmostEquals(meet("far", -1e6), -0.5, 1e-6);
  assertAlmostEquals(meet("a", 1), 0.5, 1e-6);
});

Deno.test("trimmed mean: the extremes of each value are left out, whoever sent them", () => {
  const own = { vector: vector(1, 10), mass: 1 };
  const others = [from("a", [2, 1e9]), from("b", [-1e9, 12]), from("c", [3, 14])];
  assertEquals(aggregate(aggregationRules.named("trimmed-mean").open(), own, others, START).vector, vector(1.5, 13));
  const eight = [1, 2, 3, 4, 5, 1e6, -1e6].map((value, k) => from(`p${k}`, [value, value]));
  assertEquals(aggregate(aggregationRules.named("trimmed-mean").open(), own, eight, START).vector, vector(2.5, 3.5));
  assertEquals(
    aggregate(aggregationRules.named("trimmed-mean").open(), own, others.slice(1), START).vector,
    own.vector,
  );
});

Deno.test("trimmed mean: with a quarter lying, every value stays within the honest ones", () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
      fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 2, maxLength: 2 }),
      (honest, lies) => {
        const [own, ...others] = [...honest, ...lies].map((value, k) => from(`p${k}`, [value]));
        const [mixed] = aggregate(aggregationRules.named("trimmed-mean").open(), own, others, START).vector;
        assert(mixed >= Math.min(...honest) - 1e-6 && mixed <= Math.max(...honest) + 1e-6);
      },
    ),
    { numRuns: 300, seed: 3 },
  );
});

Deno.test("BALANCE: accepts within 0.3·exp(−t/T)·‖x‖, refuses with the figures, and trusts itself by half", () => {
  const own = { vector: vector(10, 0), mass: 1 };
  const others = [from("near", [10, 2]), from("flipped", [-10, 0])];
  const early = aggregate(aggregationRules.named("balance").open(), own, others, { round: 0, rounds: 10 });
  assertEquals(early.vector, vector(10, 1));
  assertEquals(early.refused, [{ peer: "flipped", reason: "a vector must be within 3.00 of one's own, got 20.0" }]);
  const late = aggregate(aggregationRules.named("balance").open(), own, others, { round: 9, rounds: 10 });
  assertEquals(late.vector, own.vector);
  assertEquals(late.refused.map(({ peer }) => peer), ["near", "flipped"]);
});

Deno.test("combinations that contradict each other are refused in one sentence that names both", () => {
  const base: Combination = { topology: "epidemic", compression: "none", rule: "mean", members: 8 };
  const sums = { topology: "complete", secure: true };
  const refused: [Partial<Combination>, string][] = [
    [
      { topology: "one-peer-exponential", rule: "trimmed-mean" },
      "one-peer-exponential with trimmed-mean: one-way links",
    ],
    [{ topology: "one-peer-exponential", rule: "balance" }, "one-peer-exponential with balance: one-way links"],
    [{ topology: "one-peer-exponential", compression: "top-k" }, "one-peer-exponential with top-k: a push has no"],
    [{ rule: "trimmed-mean" }, "needs at least 3 neighbours in every round, and there may be as few as 1"],
    [{ topology: "ring", rule: "trimmed-mean" }, "as few as 2"],
    [{ topology: "complete", rule: "trimmed-mean", members: 3 }, "as few as 2"],
    [{ topology: "base-k-plus-1", rule: "trimmed-mean", degree: 4 }, "as few as 1"],
    [{ outer: "nesterov" }, "epidemic with nesterov: its momentum must be the same at all peers"],
    [{ topology: "complete", rule: "balance", outer: "nesterov" }, "balance with nesterov"],
    [{ topology: "star" }, "choosing a topology"],
    [{ compression: "zip" }, "choosing a compressor"],
    [{ rule: "median" }, "choosing an aggregation rule"],
    [{ outer: "adam" }, "choosing an outer optimiser"],
    [
      { ...sums, rule: "trimmed-mean" },
      "secure sums with trimmed-mean: this rule looks at each member's vector, and of a sum nobody sees any",
    ],
    [{ ...sums, topology: "epidemic" }, "secure sums with epidemic: a sum is over all who are there"],
    [{ ...sums, compression: "int8" }, "secure sums with int8: what is masked cannot be compressed"],
    [{ ...sums, members: 2 }, "secure sums with 2 members: of two each would know the other's weights"],
  ];
  for (const [change, message] of refused) {
    const error = assertThrows(() => checkCombination({ ...base, ...change }), UserError, message);
    assertEquals(error.message.includes("\n"), false);
  }
  const accepted: Partial<Combination>[] = [
    {},
    { topology: "one-peer-exponential", compression: "int8" },
    { topology: "complete", rule: "trimmed-mean" },
    { topology: "complete", outer: "nesterov" },
    { ...sums, outer: "nesterov", members: 3 },
    { topology: "ring", rule: "self-centred-clipping", compression: "top-k" },
    { rule: "balance", compression: "low-rank", outer: "gossip-nesterov" },
  ];
  for (const change of accepted) checkCombination({ ...base, ...change });
});

function total(peers: PushSumState[], underWay: Share[]): { sum: number; weight: number } {
  const sums = [...peers.map((p) => p.estimate()[0] * p.weight), ...underWay.map(({ numerator }) => numerator[0])];
  const weights = [...peers.map((p) => p.weight), ...underWay.map(({ weight }) => weight)];
  return { sum: sums.reduce((a, b) => a + b, 0), weight: weights.reduce((a, b) => a + b, 0) };
}

Deno.test("push-sum: pushes in any order, late, failing, compressed and with updates between keep all mass", () => {
  const codec = compressors.named("int8").open({ values: 3, matrices: [] });
  const rng = new Rng(6);
  const masses = [1, 8, 800, 30, 2];
  const peers = masses.map((mass) => new PushSumState(vector(rng.normal(), 1, 2), { mass }));
  const underWay: Share[] = [];
  let { sum } = total(peers, underWay);
  for (let step = 0; step < 3000; step++) {
    const kind = rng.int(4);
    const peer = rng.pick(peers);
    if (kind === 0) underWay.push(peer.push(rng.uniform(0.1, 0.9)));
    else if (kind === 1) underWay.push(peer.push(0.5, (numerator) => codec.decode(codec.encode(numerator))));
    else if (underWay.length > 0) rng.pick(peers).receive(underWay.splice(rng.int(underWay.length), 1)[0]);
    if (step % 100 === 0 && step < 1500) {
      const update = rng.normal();
      sum += peer.mass * update;
      peer.contribute(vector(update, 0, 0));
    }
    const now = total(peers, underWay);
    assertAlmostEquals(now.weight, 841, 1e-9);
    assertAlmostEquals(now.sum, sum, 0.02 * 841 / 100);
  }
  for (const share of underWay) peers[0].receive(share);
  for (const peer of peers) assert(peer.weight > 0);
});

Deno.test("push-sum over the one-peer exponential graph: every estimate tends to the mass-weighted mean, exactly for 2^k peers", () => {
  const topology = topologies.named("one-peer-exponential");
  for (const [n, rounds] of [[8, 3], [6, 60]]) {
    const peers = Array.from({ length: n }, (_, i) => new PushSumState(vector(i, 1), { mass: 1 + i * i }));
    const goal = total(peers, []).sum / total(peers, []).weight;
    for (let round = 0; round < rounds; round++) {
      const plan = topology.plan(n, { round });
      const shares = peers.map((peer) => peer.push(0.5));
      plan.forEach(({ partners }, i) => partners.forEach((partner) => peers[i].receive(shares[partner])));
    }
    for (const peer of peers) assertAlmostEquals(peer.estimate()[0], goal, 1e-4);
  }
});

Deno.test("push-sum refuses what is not acceptable and stays as it was", () => {
  const peer = new PushSumState(vector(1, 2), { mass: 2 });
  assertThrows(() => peer.push(1), RangeError, "above 0 and below 1, got 1");
  assertThrows(() => peer.receive({ numerator: vector(1, NaN), weight: 1 }), RangeError, "finite");
  assertThrows(() => peer.receive({ numerator: vector(1), weight: 1 }), RangeError, "2 values, got 1");
  assertThrows(() => peer.receive({ numerator: vector(1, 1), weight: -1 }), RangeError, "a mass must be above 0");
  assertThrows(() => peer.contribute(vector(1)), RangeError, "2 values, got 1");
  assertThrows(() => new PushSumState(vector(1), { mass: 0 }), RangeError, "a mass must be above 0");
  assertEquals([...peer.estimate(), peer.weight], [1, 2, 2]);
});

// an example of others' rules is put together at once
for (const rule of [...aggregationRules].filter(({ name }) => name !== "geometric-median")) {
  Deno.test(`${rule.name}: a large vector is put together in slices, which are short`, () => {
    const large = (value: number) => new Float32Array(3 * SLICE).fill(value);
    const others = Array.from({ length: 8 }, (_, i) => ({ ...from(`${i}`, []), vector: large(1 + i / 100) }));
    const work = aggregating(rule.open(), { vector: large(1), mass: 1 }, others, START);
    let turns = 0;
    while (!work.next().done) turns++;
    assert(turns >= 8 + 3, `${turns} turns`);
  });
}
