import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { Rng } from "../../../src/core/rng.ts";
import { aggregate } from "../../../src/mesh/averaging/aggregation/rule.ts";
import { aggregationRules } from "../../../src/mesh/averaging/aggregation/rules.ts";
import { outerOptimisers } from "../../../src/mesh/averaging/outer/outer_optimisers.ts";
import { topologies } from "../../../src/mesh/averaging/topologies/topologies.ts";

const VALUES = 6;
const RATE = 0.01;
const STEPS = 5;

/** Quadratic sites: each pulls towards an optimum of its own, so the best of all is the mean of these. */
function train({ outer, topology, rounds }: { outer: string; topology: string; rounds: number }) {
  const rng = new Rng(7);
  const optima = Array.from({ length: 8 }, () => Array.from({ length: VALUES }, () => 3 + rng.normal()));
  const best = Array.from({ length: VALUES }, (_, k) => optima.reduce((sum, o) => sum + o[k] / 8, 0));
  const states = optima.map(() => outerOptimisers.named(outer).open(VALUES));
  let weights: Float32Array[] = optima.map(() => new Float32Array(VALUES));
  const errors: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = weights;
    const contributed = start.map((phi, i) => {
      const theta = phi.slice();
      for (let step = 0; step < STEPS; step++) {
        for (let k = 0; k < VALUES; k++) theta[k] -= RATE * (theta[k] - optima[i][k]);
      }
      const contribution = states[i].contribution(theta.map((value, k) => value - phi[k]));
      return phi.map((value, k) => value + contribution[k]);
    });
    const plan = topologies.named(topology).plan(8, { round, seed: 3 });
    weights = contributed.map((own, i) => {
      const received = plan[i].partners.map((j, k) => ({
        peer: `${j}`,
        vector: contributed[j],
        mass: 1,
        weight: plan[i].weights[k],
      }));
      const mixed =
        aggregate(aggregationRules.named("mean").open(), { vector: own, mass: 1 }, received, { round, rounds }).vector;
      const correction = states[i].correction(start[i], mixed);
      return correction ? mixed.map((value, k) => value + correction[k]) : mixed;
    });
    const mean = best.map((_, k) => weights.reduce((sum, x) => sum + x[k] / 8, 0));
    errors.push(Math.hypot(...mean.map((value, k) => value - best[k])));
  }
  return { errors, weights, states };
}

Deno.test("DiLoCo's outer Nesterov with all-reduce is SGD with Nesterov momentum on the mean update", () => {
  const { errors, weights } = train({ outer: "nesterov", topology: "complete", rounds: 12 });
  // the same recursion on the error e of the mean: Δ̄ = −c·e with c = 1 − (1 − rate)^steps
  const c = 1 - (1 - RATE) ** STEPS;
  let [error, velocity] = [1, 0];
  const expected = Array.from({ length: 12 }, () => {
    const change = -c * error;
    velocity = 0.9 * velocity + change;
    return Math.abs(error += 0.7 * (change + 0.9 * velocity));
  });
  errors.forEach((value, t) => assertAlmostEquals(value / errors[0], expected[t] / expected[0], 1e-3));
  for (const x of weights) x.forEach((value, k) => assertAlmostEquals(value, weights[0][k], 1e-4));
});

Deno.test("momentum needs fewer rounds than plain averaging, by all-reduce and by gossip", () => {
  const roundsTo = (outer: string, topology: string) =>
    train({ outer, topology, rounds: 200 }).errors.findIndex((_, t, all) => all.slice(t).every((value) => value < 0.1));
  const plain = roundsTo("plain", "complete");
  assert(plain > 0);
  assert(roundsTo("nesterov", "complete") < plain);
  assert(roundsTo("gossip-nesterov", "epidemic") < plain);
});

Deno.test("gossip Nesterov with random partners stays together and reaches the best of all", () => {
  const { errors, weights } = train({ outer: "gossip-nesterov", topology: "epidemic", rounds: 200 });
  assert(errors[199] < 0.02, `error ${errors[199]}`);
  const spread = Math.max(...weights.map((x) => Math.hypot(...x.map((value, k) => value - weights[0][k]))));
  const alone = Math.sqrt(2 * VALUES);
  assert(spread < alone, `the peers are ${spread} apart, their optima about ${alone}`);
});

Deno.test("gossip Nesterov without updates: two peers that differ come together at √α a round", () => {
  const states = [0, 1].map(() => outerOptimisers.named("gossip-nesterov").open(1));
  let peers = [1, -1];
  const apart: number[] = [];
  for (let round = 0; round < 12; round++) {
    const mixed = (peers[0] + peers[1]) / 2;
    peers = peers.map((phi, i) => mixed + states[i].correction(Float32Array.of(phi), Float32Array.of(mixed))![0]);
    apart.push(Math.abs(peers[0] - peers[1]));
  }
  assert(Math.max(...apart.slice(8)) <= 2 * 2 * Math.sqrt(0.5) ** 9);
});

Deno.test("gossip Nesterov carries on half of all that a round moved, the carried part among it", () => {
  const state = outerOptimisers.named("gossip-nesterov").open(1);
  const correction = (start: number, mixed: number) =>
    state.correction(Float32Array.of(start), Float32Array.of(mixed))![0];
  assertEquals([correction(0, 1), correction(1, 2), correction(2.5, 2.5)], [0, 0.5, 0.75]);
  assertAlmostEquals(state.contribution(Float32Array.of(1))[0], 0.7, 1e-6);
});

for (const optimiser of outerOptimisers) {
  Deno.test(`${optimiser.name}: goes on from a checkpoint as if it had not been stopped`, () => {
    const [kept, stopped] = [optimiser.open(2), optimiser.open(2)];
    const start = Float32Array.of(0, 0);
    for (const state of [kept, stopped]) state.correction(start, Float32Array.of(1, -2));
    const momentum = stopped.momentum();
    const resumed = optimiser.open(2);
    if (momentum) {
      resumed.restore(momentum);
      assertThrows(() => resumed.restore(Float32Array.of(1)), RangeError, "2 values, got 1");
      assertThrows(() => resumed.restore(Float32Array.of(1, NaN)), RangeError, "finite");
    } else assertThrows(() => resumed.restore(Float32Array.of(1, 1)), RangeError, "no momentum");
    const next = [kept, resumed].map((state) => state.correction(start, Float32Array.of(0.5, 0.25)));
    assertEquals(next[1], next[0]);
  });

  Deno.test(`${optimiser.name}: what it is given it does not change`, () => {
    const state = optimiser.open(2);
    const update = Float32Array.of(1, 2);
    state.contribution(update);
    assertEquals(update, Float32Array.of(1, 2));
    const [start, mixed] = [Float32Array.of(0, 1), Float32Array.of(3, 4)];
    state.correction(start, mixed);
    assertEquals([start, mixed], [Float32Array.of(0, 1), Float32Array.of(3, 4)]);
  });
}

Deno.test("an unknown outer optimiser is refused with the names of those there are", () => {
  assertThrows(() => outerOptimisers.named("adam"), UserError, "plain, nesterov, gossip-nesterov");
});
