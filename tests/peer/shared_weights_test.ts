/** The outer optimiser around the averaging of one peer; nobody else is there, so an exchange is played by hand. */
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../src/core/errors.ts";
import { loadIdentity } from "../../src/mesh/envelope/identity.ts";
import { Mesh } from "../../src/mesh/mesh.ts";
import type { OuterRates } from "../../src/mesh/averaging/outer/outer_optimiser.ts";
import { SharedWeights, type SharedWeightsOptions } from "../../src/peer/_shared_weights.ts";
import { withDirectory } from "./_site.ts";

async function averagingAt(directory: string, topology?: string): Promise<Mesh["averaging"]> {
  const identity = await loadIdentity(directory);
  const options = {
    ...{ identity, consortium: "test", settings: {}, members: [identity.peerId], stateDirectory: directory },
    averaging: topology === undefined ? {} : { topology },
  };
  return new Mesh(options).averaging;
}

function opened(vector: number[], momentum?: number[]): SharedWeightsOptions["opened"] {
  return {
    layoutDigest: "layout",
    layout: [{ name: "w", shape: [vector.length] }],
    vector: Float32Array.from(vector),
    round: 0,
    momentum: momentum && Float32Array.from(momentum),
  };
}

/**
 * Two rounds alone in which training adds 1 each time; `between` is called after the first, with what is to be kept.
 */
async function twoRounds(name: string, restart: boolean, rates: OuterRates = {}): Promise<number[]> {
  const results: number[] = [];
  const outer = { name, ...rates };
  await withDirectory(async (directory) => {
    const averaging = await averagingAt(directory);
    let weights = new SharedWeights({ averaging, mass: 8, opened: opened([0, 0]), outer });
    let state: Awaited<ReturnType<SharedWeights["finish"]>> = { vector: Float32Array.of(0, 0) };
    for (const round of [1, 2]) {
      await weights.contribute(state.vector.map((value) => value + 1), round);
      state = await weights.finish(round);
      results.push(state.vector[0]);
      assertEquals(averaging.snapshot().vector, state.vector);
      if (restart) {
        const { vector, momentum } = state;
        weights = new SharedWeights({
          averaging,
          mass: 8,
          opened: opened([...vector], momentum && [...momentum]),
          outer,
        });
      }
    }
  });
  return results;
}

Deno.test("plain: what training changed is what is added", async () => {
  assertEquals(await twoRounds("plain", false), [1, 2]);
});

Deno.test("gossip-nesterov: 0.7 of the update, and half of the round before carried on", async () => {
  const [first, second] = await twoRounds("gossip-nesterov", false);
  assertAlmostEquals(first, 0.7, 1e-6); // δ = 0.7
  assertAlmostEquals(second, 0.7 + 0.7 + 0.35, 1e-6);
});

Deno.test("nesterov: DiLoCo's step, by hand", async () => {
  const [first, second] = await twoRounds("nesterov", false);
  assertAlmostEquals(first, 0.7 * (1 + 0.9 * 1), 1e-6); // v = 1
  assertAlmostEquals(second, first + 0.7 * (1 + 0.9 * 1.9), 1e-6); // v = 1.9
});

Deno.test("the rates of the settings take the place of the optimiser's own", async () => {
  const rates = { learningRate: 0.5, momentum: 0.2 };
  const gossip = await twoRounds("gossip-nesterov", false, rates);
  [0.5, 0.5 + 0.5 + 0.1].forEach((value, i) => assertAlmostEquals(gossip[i], value, 1e-6));
  const nesterov = await twoRounds("nesterov", false, rates);
  [0.6, 0.6 + 0.5 * (1 + 0.2 * 1.2)].forEach((value, i) => assertAlmostEquals(nesterov[i], value, 1e-6));
});

for (const outer of ["plain", "nesterov", "gossip-nesterov"]) {
  Deno.test(`${outer}: a peer that was started again between two rounds goes on as one that was not`, async () => {
    assertEquals(await twoRounds(outer, true), await twoRounds(outer, false));
  });
}

Deno.test("a new peer gives nobody its untrained weights: it has none to average with until it is told to share", async () => {
  await withDirectory(async (directory) => {
    const averaging = await averagingAt(directory);
    const weights = new SharedWeights({ averaging, mass: 8, opened: opened([0]), outer: { name: "plain" } });
    await weights.contribute(Float32Array.of(1), 1, { share: false });
    assertEquals([averaging.state, (await weights.finish(1)).vector[0]], [undefined, 1]);
    await weights.contribute(Float32Array.of(3), 2);
    assertEquals([averaging.snapshot().vector[0], (await weights.finish(2)).vector[0]], [3, 3]);
    await weights.contribute(Float32Array.of(4), 3, { share: false }); // one that shares goes on sharing
    assertEquals(averaging.snapshot().vector[0], 4);
  });
});

Deno.test("what others mixed in while training ran is kept", async () => {
  await withDirectory(async (directory) => {
    const averaging = await averagingAt(directory);
    const earlier = { ...opened([0]), round: 5 };
    const weights = new SharedWeights({ averaging, mass: 8, opened: earlier, outer: { name: "gossip-nesterov" } });
    averaging.contribute(Float32Array.of(10), 0); // an exchange that another began
    await weights.contribute(Float32Array.of(1), 1);
    assertAlmostEquals((await weights.finish(1)).vector[0], 10.7, 1e-5);
    await weights.contribute(Float32Array.of(10.7), 2);
    assertAlmostEquals((await weights.finish(2)).vector[0], 10.7 + 10.7 / 2, 1e-5);
  });
});

Deno.test("over one-way links a site goes on with what it held of all masses, after a restart and with other weights", async () => {
  await withDirectory(async (directory) => {
    const averaging = await averagingAt(directory, "one-peer-exponential");
    const earlier = { ...opened([7]), round: 5, weight: 3 };
    const weights = new SharedWeights({ averaging, mass: 8, opened: earlier, outer: { name: "plain" } });
    const held = () => [averaging.state?.mass, averaging.state?.weight, averaging.snapshot().vector[0]];
    assertEquals(held(), [8, 3, 7]);
    assertEquals((await weights.finish(5)).weight, 3);
    weights.replace(Float32Array.of(2), 6);
    assertEquals([...held(), (await weights.finish(6)).weight], [8, 3, 2, 3]);
  });
});

Deno.test("a late peer's weights and momentum are the neighbour's", async () => {
  await withDirectory(async (directory) => {
    const averaging = await averagingAt(directory);
    const weights = new SharedWeights({ averaging, mass: 8, opened: opened([0]), outer: { name: "gossip-nesterov" } });
    weights.replace(Float32Array.of(5), 9);
    assertEquals([averaging.snapshot().round, (await weights.finish(9)).vector[0]], [9, 5]);
    assert(weights.resumeMomentum(Float32Array.of(2)));
    await weights.contribute(Float32Array.of(5), 10);
    assertEquals((await weights.finish(10)).vector[0], 6);
    assertEquals(weights.resumeMomentum(Float32Array.of(2, 2)), false);
    assertEquals(weights.resumeMomentum(Float32Array.of(NaN)), false);
  });
});

Deno.test("weights that are not finite, and a checkpoint of another outer optimiser, end the run with one sentence", async () => {
  await withDirectory(async (directory) => {
    const averaging = await averagingAt(directory);
    const weights = new SharedWeights({ averaging, mass: 8, opened: opened([0]), outer: { name: "plain" } });
    await assertRejects(() => weights.contribute(Float32Array.of(NaN), 3), UserError, "must be finite");
    const momentum = () =>
      new SharedWeights({ averaging, mass: 8, opened: opened([0], [1]), outer: { name: "plain" } });
    assertThrows(momentum, UserError, "the same outer optimiser");
  });
});
