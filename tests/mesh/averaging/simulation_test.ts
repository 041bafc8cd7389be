import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/core/errors.ts";
import { Rng } from "../../../src/core/rng.ts";
import { aggregationRules } from "../../../src/mesh/averaging/aggregation/rules.ts";
import { compressors } from "../../../src/mesh/averaging/compression/compressors.ts";
import { spreadOf } from "../../../src/mesh/averaging/simulation/consensus.ts";
import { ExchangeMesh } from "../../../src/mesh/averaging/simulation/exchange_mesh.ts";
import { realise } from "../../../src/mesh/averaging/simulation/faults.ts";
import { LinearMesh } from "../../../src/mesh/averaging/simulation/linear_mesh.ts";
import {
  attackNames,
  checkSimulation,
  type SimulationOptions,
} from "../../../src/mesh/averaging/simulation/options.ts";
import { PushSumMesh } from "../../../src/mesh/averaging/simulation/push_sum_mesh.ts";
import { simulate } from "../../../src/mesh/averaging/simulation/simulation.ts";
import { topologies } from "../../../src/mesh/averaging/topologies/topologies.ts";

const last = (options: SimulationOptions) => simulate(options).rounds.at(-1)!;

function random(peers: number, values: number): Float32Array[] {
  const rng = new Rng(1);
  return Array.from({ length: peers }, () => Float32Array.from({ length: values }, () => rng.normal()));
}

for (const { name: topology } of topologies) {
  Deno.test(`${topology}: the consensus distance goes as theory predicts`, () => {
    for (const peers of topology === "epidemic" ? [64, 101, 300] : [6, 16, 25]) {
      const { rounds, start } = simulate({ peers, topology, rounds: 12, values: 2000 });
      assertEquals(rounds.map(({ round }) => round), rounds.map((_, i) => i + 1));
      for (const { round, consensus, predicted } of rounds) {
        // one matching after another is random; the rest is off by sampling only
        const tolerance = topology === "epidemic" ? 0.3 : 0.1;
        if (predicted > 1e-6) {
          assert(Math.abs(consensus / predicted - 1) < tolerance, `${peers}, ${round}: ${consensus} for ${predicted}`);
        } else assert(consensus < 1e-6 * start + 2e-7, `${peers}, ${round}: ${consensus} for ${predicted}`);
      }
    }
  });

  Deno.test(`${topology}: with absences, failures and delays it goes as theory predicts, and the mean is kept`, () => {
    const options = {
      peers: topology === "epidemic" ? 200 : 24,
      topology,
      rounds: 20,
      values: 2000,
      churn: 0.2,
      drop: 0.1,
      delay: 300,
    };
    const { rounds, start, error } = simulate(options);
    for (const { consensus, predicted } of rounds) {
      const tolerance = topology === "epidemic" ? 0.3 : 0.1;
      if (predicted > 1e-6) assert(Math.abs(consensus / predicted - 1) < tolerance, `${consensus} for ${predicted}`);
    }
    assert(rounds.at(-1)!.consensus < start);
    if (topology !== "one-peer-exponential") assertAlmostEquals(error, rounds.at(-1)!.consensus, 1e-5);
  });
}

Deno.test("epidemic: over many runs the mean squared distance is what is predicted, with absences, failures and delays, too", () => {
  const options = { peers: 10, topology: "epidemic", rounds: 6, values: 50, churn: 0.2, drop: 0.1, delay: 400 };
  const ratios = Array.from({ length: 300 }, (_, seed) => {
    const { rounds } = simulate({ ...options, seed });
    return (rounds[5].consensus / rounds[5].predicted) ** 2;
  });
  assertAlmostEquals(ratios.reduce((sum, ratio) => sum + ratio / 300, 0), 1, 0.1);
});

Deno.test("the same options give the same result, another seed another", () => {
  const options: SimulationOptions = {
    peers: 9,
    topology: "epidemic",
    rounds: 5,
    churn: 0.3,
    byzantine: 2,
    attack: "noise",
    compress: "int4",
    rule: "balance",
  };
  const stripped = (seed: number) => ({ ...simulate({ ...options, seed }), seconds: 0, mixingSeconds: 0 });
  assertEquals(stripped(3), stripped(3));
  assert(JSON.stringify(stripped(3)) !== JSON.stringify(stripped(4)));
});

Deno.test("the quick way to mix, in stretches or in pairs, is the mean rule over real exchanges", () => {
  const layout = { values: 700, matrices: [] };
  for (const [topology, peers] of [["ring", 9], ["epidemic", 9], ["base-k-plus-1", 7]] as const) {
    const options = checkSimulation({
      peers,
      topology,
      rounds: 5,
      churn: 0.2,
      drop: 0.2,
      degree: topology === "ring" ? 1 : 2,
    });
    const quick = new LinearMesh(
      random(peers, 700),
      compressors.named("none").open(layout).encode(new Float32Array(700)).length,
    );
    const real = new ExchangeMesh(random(peers, 700), {
      compressor: compressors.named("none"),
      layout,
      rule: aggregationRules.named("mean"),
      rounds: 5,
    });
    for (let round = 0; round < 5; round++) {
      const realised = realise(options, round);
      assertEquals(quick.mix(realised), real.mix(realised, round));
      for (let peer = 0; peer < peers; peer++) {
        quick.vector(peer).forEach((value, i) => assertAlmostEquals(value, real.vector(peer)[i], 1e-5));
      }
    }
  }
});

for (const { name: topology } of [...topologies].filter(({ links }) => links === "two-way")) {
  Deno.test(`${topology}: with unequal masses the sum of m·x is kept, and is what all come to, whatever peers change by themselves`, () => {
    const peers = 7, masses = [1, 20, 3, 8, 8, 100, 2];
    const vectors = random(peers, 60);
    const mesh = new ExchangeMesh(vectors, {
      compressor: compressors.named("none"),
      layout: { values: 60, matrices: [] },
      rule: aggregationRules.named("mean"),
      rounds: 300,
      masses,
    });
    const sums = () =>
      Array.from({ length: 60 }, (_, i) => masses.reduce((sum, mass, peer) => sum + mass * mesh.vector(peer)[i], 0));
    const mix = (round: number) =>
      mesh.mix({ rows: topologies.named(topology).plan(peers, { round, seed: 1 }), pushes: [] }, round);
    let expected = sums();
    for (let round = 0; round < 300; round++) {
      if (round === 2) {
        mesh.setVector(5, Float32Array.from(mesh.vector(5), (value) => value + 1));
        expected = expected.map((sum) => sum + 100);
      }
      mix(round);
      sums().forEach((sum, i) => assertAlmostEquals(sum, expected[i], 1e-3));
    }
    const total = masses.reduce((a, b) => a + b);
    for (const peer of vectors.keys()) {
      mesh.vector(peer).forEach((value, i) => assertAlmostEquals(value, expected[i] / total, 1e-3));
    }
  });
}

Deno.test("push-sum: late pushes arrive in their round, and the weighted sum is kept over all that is under way", () => {
  const layout = { values: 3, matrices: [] };
  const mesh = new PushSumMesh(random(2, 3), { codec: compressors.named("none").open(layout), lossless: true });
  const before = [0, 1].map((peer) => mesh.vector(peer)[0]);
  mesh.mix({ rows: [], pushes: [{ from: 0, to: 1, weight: 0.5, late: 2 }] }, 0);
  assertAlmostEquals(mesh.vector(1)[0], before[1], 1e-6);
  mesh.mix({ rows: [], pushes: [] }, 1);
  assertAlmostEquals(mesh.vector(1)[0], before[1], 1e-6);
  mesh.mix({ rows: [], pushes: [] }, 2);
  assertAlmostEquals(mesh.vector(0)[0], before[0], 1e-6);
  assertAlmostEquals(mesh.vector(1)[0], (before[1] + before[0] / 2) / 1.5, 1e-6);
});

Deno.test("one-way links: under absences, failures and delays all still come to one vector, near the mean", () => {
  const options = { peers: 12, topology: "one-peer-exponential", values: 200, churn: 0.2, drop: 0.2, delay: 900 };
  const { rounds, error } = simulate({ ...options, rounds: 150 });
  assert(rounds.at(-1)!.consensus < 1e-4);
  assert(error < 0.02, `error ${error}`);
});

Deno.test("who is away mixes with nobody; a failed exchange fails for both sides", () => {
  for (const { name: topology, links } of [...topologies].filter(({ links }) => links === "two-way")) {
    const options = checkSimulation({ peers: 20, topology, rounds: 1, churn: 0.4, drop: 0.3, degree: 2 });
    let [failed, kept] = [0, 0];
    for (let round = 0; round < 30; round++) {
      const { rows } = realise(options, round);
      rows.forEach(({ self, partners, weights }, own) => {
        assertAlmostEquals(weights.reduce((sum, weight) => sum + weight, self), 1, 1e-12);
        if (partners.length === 0) failed++;
        partners.forEach((partner, k) => {
          kept++;
          const back = rows[partner].partners.indexOf(own);
          assert(back >= 0, links);
          assertAlmostEquals(rows[partner].weights[back], weights[k], 1e-12);
        });
      });
    }
    assert(failed > 0 && kept > 0);
  }
});

Deno.test("one-way links: a push needs both to be there and not to fail, and is late by whole rounds", () => {
  const options = { peers: 50, topology: "one-peer-exponential", rounds: 1, churn: 0.4, drop: 0.2, delay: 1000 };
  const checked = checkSimulation(options);
  const pushes = Array.from({ length: 100 }, (_, round) => realise(checked, round).pushes).flat();
  assertAlmostEquals(pushes.length / 5000, 0.6 * 0.6 * 0.8, 0.03);
  for (const late of [0, 1, 2]) {
    const share = pushes.filter((push) => push.late === late).length / pushes.length;
    assertAlmostEquals(share, Math.exp(-late) * (1 - Math.exp(-1)), 0.04);
  }
});

for (const { name: compress, lossless } of compressors) {
  Deno.test(`${compress}: peers that exchange compressed come together, keep their mean, and send what it says`, () => {
    const options = { peers: 6, topology: "epidemic", values: 900, compress };
    const { rounds, start, error } = simulate({ ...options, rounds: 200 });
    const { consensus, bytesPerPeer } = rounds.at(-1)!;
    assert(consensus < 0.2 * start, `${consensus} of ${start}`);
    assertAlmostEquals(error, consensus, 1e-4);
    if (lossless) assertEquals(bytesPerPeer, 3606);
    else assert(bytesPerPeer < 2000);
  });
}

Deno.test("partners whose references were given up at one end begin anew at both", () => {
  // of 12 partners 8 references are kept, so ends forget at different times
  const { rounds, start } = simulate({ peers: 13, topology: "epidemic", rounds: 120, values: 200, compress: "top-k" });
  assert(rounds.at(-1)!.consensus < start);
  assert(rounds.slice(60).some(({ bytesPerPeer }) => bytesPerPeer > 100), "some exchanges are in full again");
});

Deno.test("with 2 of 8 lying, the robust rules keep the honest near their mean where the mean is carried off", () => {
  const base = { peers: 8, byzantine: 2, rounds: 30, topology: "complete", values: 300 };
  for (const attack of ["sign-flip", "noise"] as const) {
    for (const seed of [1, 2, 3]) {
      const error = (rule: string) => simulate({ ...base, attack, rule, seed }).error;
      assert(error("mean") > 0.5, `${attack}: ${error("mean")} by the mean`);
      for (const rule of ["self-centred-clipping", "trimmed-mean", "balance"]) {
        assert(error(rule) < 0.1, `${attack}, ${rule}: ${error(rule)}`);
        assert(last({ ...base, attack, rule, seed }).consensus < 1e-4, "the distance is that among the honest");
      }
    }
  }
});

Deno.test("every attack goes with every rule: figures stay finite, and whom BALANCE refuses are the liars", () => {
  for (const attack of attackNames) {
    for (const rule of ["mean", "self-centred-clipping", "trimmed-mean", "balance"]) {
      const result = simulate({ peers: 8, byzantine: 2, rounds: 5, topology: "complete", values: 64, attack, rule });
      assert(Number.isFinite(result.error) && result.rounds.every(({ consensus }) => Number.isFinite(consensus)));
      assertEquals(result.byzantine.length, 2);
      const isRefused = rule === "balance" && attack !== "little-is-enough";
      assertEquals(Object.keys(result.refused).sort(), isRefused ? result.byzantine : []);
    }
  }
  assert(
    last({ peers: 8, byzantine: 3, rounds: 6, topology: "one-peer-exponential", attack: "sign-flip" }).consensus > 0.1,
  );
});

Deno.test("the spread is found to float64's precision where it is small beside the values", () => {
  const vectors = [0, 1e-3, 2e-3].map((offset) => Float32Array.of(1000 + offset, -1000));
  const exact = vectors.map((vector) => vector[0]);
  const mean = exact.reduce((sum, value) => sum + value / 3, 0);
  const { squares } = spreadOf([0, 1, 2], (peer) => vectors[peer]);
  assertAlmostEquals(squares, exact.reduce((sum, value) => sum + (value - mean) ** 2, 0), 1e-12);
});

Deno.test("what cannot be simulated is refused in one sentence", () => {
  const base = { peers: 8, topology: "epidemic", rounds: 5 };
  const refused: [Partial<SimulationOptions>, string][] = [
    [{ rule: "trimmed-mean" }, "combining epidemic with trimmed-mean"],
    [{ byzantine: 4 }, "fewer than half of the peers must be Byzantine (8 peers: 4)"],
    [{ topology: "complete", peers: 2001 }, "at most 2000 peers"],
    [{ peers: 10_000, values: 1_000_000 }, "all vectors must fit 8 GiB"],
    [{ compress: "int8", rounds: 50, peers: 1000, values: 300_000 }, "all vectors must fit 8 GiB"],
  ];
  for (const [change, message] of refused) {
    assertThrows(() => checkSimulation({ ...base, ...change }), UserError, message);
  }
  assertThrows(() => simulate({ ...base, byzantine: 4 }), UserError, "fewer than half");
});
