import "../../../scripts/examples/topology.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { baseSchedule } from "../../../src/mesh/averaging/topologies/base_k_plus_1.ts";
import { shortestFactors } from "../../../src/mesh/averaging/topologies/_hyper_hypercube.ts";
import { partnersOf, topologies } from "../../../src/mesh/averaging/topologies/topologies.ts";
import { apply, distanceToMean, identity, matrixOf, relativeVariance } from "./_matrices.ts";

const SIZES = Array.from({ length: 64 }, (_, i) => i + 1);
const DEGREES = [1, 2, 3, 4];
const noFaults = { churn: 0, drop: 0 };

for (const topology of topologies) {
  const { name } = topology;

  Deno.test(`${name}: every plan for 1 to 64 members is doubly stochastic, and symmetric where links are two-way`, () => {
    for (const n of SIZES) {
      for (const degree of DEGREES) {
        for (let round = 0; round < Math.max(4, topology.period(n, degree) ?? 0); round++) {
          const plan = topology.plan(n, { round, seed: n, degree });
          assertEquals(plan.length, n);
          const matrix = matrixOf(plan);
          const where = `n ${n}, degree ${degree}, round ${round}`;
          for (let i = 0; i < n; i++) {
            let [row, column] = [0, 0];
            for (let j = 0; j < n; j++) {
              assert(matrix[i][j] >= 0, where);
              row += matrix[i][j];
              column += matrix[j][i];
              if (topology.links === "two-way") assertAlmostEquals(matrix[i][j], matrix[j][i], 1e-12, where);
            }
            assertAlmostEquals(row, 1, 1e-12, where);
            assertAlmostEquals(column, 1, 1e-12, where);
          }
        }
      }
    }
  });

  Deno.test(`${name}: no member is its own partner, is named twice, or has more partners than claimed`, () => {
    for (const n of SIZES) {
      for (const degree of DEGREES) {
        const { least, most } = topology.partners(n, degree);
        for (let round = 0; round < Math.max(6, topology.period(n, degree) ?? 0); round++) {
          topology.plan(n, { round, seed: 3, degree }).forEach(({ partners, weights, self }, own) => {
            assertEquals(weights.length, partners.length);
            assertEquals(new Set(partners).size, partners.length);
            assert(partners.every((partner) => partner !== own && partner >= 0 && partner < n));
            assert(partners.length <= most, `n ${n}: ${partners.length} partners, at most ${most} claimed`);
            if (partners.length > 0) assert(partners.length >= least, `n ${n}: ${partners.length} < ${least}`);
            if (partners.length === 0) assertEquals(self, 1);
          });
        }
      }
    }
  });

  Deno.test(`${name}: where a period is claimed all hold the exact mean after it, from wherever it begins`, () => {
    for (const n of SIZES) {
      for (const degree of DEGREES) {
        const period = topology.period(n, degree);
        if (period === undefined) continue;
        for (const begin of [0, 3 * period]) {
          let product = identity(n);
          for (let round = begin; round < begin + period; round++) {
            product = apply(topology.plan(n, { round, seed: 1, degree }), product);
          }
          assert(distanceToMean(product) < 1e-6, `n ${n}, degree ${degree}: off by ${distanceToMean(product)}`);
        }
      }
    }
  });

  Deno.test(`${name}: the same members, round and seed give the same plan`, () => {
    for (const n of [1, 2, 7, 32]) {
      const options = { round: 5, seed: 9, degree: 2 };
      const plan = topology.plan(n, options);
      topology.plan(n + 1, options);
      assertEquals(topology.plan(n, options), plan);
    }
  });

  Deno.test(`${name}: refuses no members and rounds that are none`, () => {
    assertThrows(() => topology.plan(0, { round: 0 }), RangeError, "at least 1 member, got 0");
    assertThrows(() => topology.plan(4, { round: -1 }), RangeError, "a round must be at least 0, got -1");
  });

  if (topology.variance && name !== "epidemic") {
    Deno.test(`${name}: the predicted variance is that of the product of its matrices`, () => {
      for (const n of [2, 3, 5, 8, 13, 16, 31]) {
        const predicted = topology.variance!(n, 8, { degree: 1, ...noFaults })!;
        let product = identity(n);
        for (let round = 0; round < 8; round++) {
          assertAlmostEquals(predicted[round], relativeVariance(product), 1e-12, `n ${n}, round ${round}`);
          product = apply(topology.plan(n, { round }), product);
        }
      }
    });
  }
}

Deno.test("epidemic and Base-2 pair members off: whom a member asks asks it, and nobody else", () => {
  for (const topology of [topologies.named("epidemic"), topologies.named("base-k-plus-1")]) {
    for (const n of SIZES) {
      for (let round = 0; round < 24; round++) {
        const plan = topology.plan(n, { round, seed: 4 });
        plan.forEach(({ partners }, own) => {
          assert(partners.length <= 1);
          for (const partner of partners) assertEquals(plan[partner].partners, [own]);
        });
        const alone = plan.filter(({ partners }) => partners.length === 0).length;
        if (topology.name === "epidemic") assertEquals(alone, n % 2);
      }
    }
  }
});

Deno.test("one-peer exponential: each gives to one and takes from one, never the same for more than two members", () => {
  const topology = topologies.named("one-peer-exponential");
  const members = ["a", "b", "c", "d", "e"];
  assertEquals(partnersOf(topology, members, "a", { round: 1 }).receivers, [{ peer: "c", weight: 1 / 2 }]);
  for (let round = 0; round < 6; round++) {
    const taken = members.map((own) => partnersOf(topology, members, own, { round }));
    for (const { partners, receivers } of taken) {
      assertEquals([partners.length, receivers.length], [1, 1]);
      assert(partners[0].peer !== receivers[0].peer);
    }
    assertEquals(new Set(taken.map(({ receivers }) => receivers[0].peer)).size, members.length);
  }
});

Deno.test("epidemic: the mean contraction over many rounds is what Boyd et al. predict, with absences and failures, too", () => {
  const topology = topologies.named("epidemic");
  for (const [n, degree] of [[2, 1], [4, 3], [8, 1], [9, 1], [8, 3], [9, 2], [24, 4]] as const) {
    const expected = topology.variance!(n, 1, { degree, ...noFaults })![1];
    let mean = 0;
    const rounds = 2000;
    for (let round = 0; round < rounds; round++) {
      mean += relativeVariance(matrixOf(topology.plan(n, { round, seed: 11, degree }))) / rounds;
    }
    assertAlmostEquals(mean, expected, 0.01, `n ${n}, degree ${degree}`);
  }
  // 3 of 4 are there in expectation: 0, 1 or 2 pairs with the binomial's probabilities
  const pairs = [6 * 0.75 ** 2 * 0.25 ** 2 + 4 * 0.75 ** 3 * 0.25, 0.75 ** 4];
  const expected = 1 - (pairs[0] + 2 * pairs[1]) * 0.9 / 3;
  assertAlmostEquals(topology.variance!(4, 1, { degree: 1, churn: 0.25, drop: 0.1 })![1], expected, 1e-12);
});

Deno.test("epidemic: after two rounds every pair of partners occurs about equally often", () => {
  const topology = topologies.named("epidemic");
  const counts = new Map<string, number>();
  for (let round = 0; round < 6000; round++) {
    const [first, second] = [round, round + 1].map((r) => topology.plan(6, { round: r, seed: 2 })[0].partners[0]);
    counts.set(`${first},${second}`, (counts.get(`${first},${second}`) ?? 0) + 1);
  }
  assertEquals(counts.size, 25);
  for (const [pair, count] of counts) assert(count > 160 && count < 320, `${pair}: ${count} of 6000, 240 expected`);
});

Deno.test("Base-(k+1): at most 2 log(n) / log(k + 1) + 2 rounds, as its authors prove", () => {
  for (let n = 1; n <= 200; n++) {
    for (const k of DEGREES) {
      const rounds = baseSchedule(n, k).length;
      assert(rounds <= 2 * Math.log(n) / Math.log(k + 1) + 2 + 1e-9, `n ${n}, k ${k}: ${rounds} rounds`);
    }
  }
  // powers of two are hypercubes; 6 = 2·3 is shorter composed (3 + 1) than simple (5)
  assertEquals([1, 2, 4, 8, 64].map((n) => baseSchedule(n, 1).length), [0, 1, 2, 3, 6]);
  assertEquals([5, 6].map((n) => baseSchedule(n, 1).length), [5, 4]);
});

Deno.test("Base-(k+1): the same members with another k have another schedule", () => {
  const topology = topologies.named("base-k-plus-1");
  const partners = (degree: number) => topology.plan(9, { round: 0, degree })[0].partners.length;
  assertEquals([partners(1), partners(2), partners(1)], [1, 2, 1]);
  assertEquals([topology.period(9, 1), topology.period(9, 2)], [7, 2]);
});

Deno.test("the factors of a hyper-hypercube are as few as can be", () => {
  assertEquals(shortestFactors(1, 2), []);
  assertEquals(shortestFactors(7, 4), undefined);
  assertEquals(shortestFactors(12, 4)?.length, 2);
  assertEquals(shortestFactors(36, 6), [6, 6]);
  assertEquals(shortestFactors(16, 6)?.reduce((a, b) => a * b), 16);
});

Deno.test("a plan by peer id does not depend on the order in which members are named", () => {
  const members = ["d", "a", "c", "b"];
  const onRing = partnersOf(topologies.named("ring"), [...members, "e"], "a", { round: 0 });
  assertEquals(onRing.partners.map(({ peer }) => peer), ["b", "e"]);
  const topology = topologies.named("base-k-plus-1");
  for (let round = 0; round < 4; round++) {
    const plan = partnersOf(topology, members, "a", { round });
    assertEquals(partnersOf(topology, [...members].reverse(), "a", { round }), plan);
    for (const { peer } of plan.partners) {
      assertEquals(partnersOf(topology, members, peer, { round }).partners.map(({ peer }) => peer), ["a"]);
    }
  }
  assertThrows(() => partnersOf(topology, members, "e", { round: 0 }), RangeError, "e must be one of the members");
});

Deno.test("an unknown topology is refused with the names of those there are", () => {
  assertThrows(
    () => topologies.named("star"),
    UserError,
    "one-peer-exponential, base-k-plus-1, epidemic, ring, complete",
  );
});
