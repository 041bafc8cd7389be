/** Pre-training on a card, where steps are judged and keys stay, takes the course that it takes elsewhere. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { countTraffic } from "../../scripts/profile/traffic.ts";
import { messageOf, UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import type { NamedVector } from "../../src/core/vectors.ts";
import type { PreparedCase } from "../../src/data/prepare.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { unetBackbone } from "../../src/pretraining/backbone.ts";
import { MemoryBank } from "../../src/pretraining/bank/memory_bank.ts";
import { Pretrainer } from "../../src/pretraining/pretrainer.ts";
import { runRound, smallConfig, syntheticCase } from "./_fixtures.ts";

/** Why the engine cannot start here; undefined if it can. */
const missing = await startEngine({ engine: "webgpu", adapter: "software" }).then(() => undefined, (error) => {
  if (error instanceof UserError && error.cause === undefined) return messageOf(error);
  throw error;
});

function cardTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name}${missing ? ` (skipped: ${missing})` : ""}`, ignore: missing !== undefined, fn });
}

const spoilt = { ...syntheticCase(2), image: new Float32Array(12 ** 3).fill(NaN) };

const forms = (vectors: readonly NamedVector[]) => vectors.map(({ name, shape }) => [name, shape]);

/** Two rounds, the second with another site's features. */
async function course(cases: readonly PreparedCase[]) {
  const network = { classes: 2, baseFilters: 2, levels: 2, norm: "instance", pool: [[2, 2, 2]] } as const;
  const projections = [{ maps: ["encoder1"], locations: 6, grid: [2, 1, 1] }];
  const config = smallConfig({ volumes: 1, momentum: 0.7, projections });
  const pretrainer = await Pretrainer.open({
    ...{ config, createBackbone: unetBackbone(network, config), cases },
    ...{ rng: new Rng(5), modelRng: new Rng(7) },
  });
  const first = await runRound(pretrainer, { round: 1, steps: 4 });
  const remote = [{ peer: "other", round: 1, ...first.release }];
  const second = await runRound(pretrainer, { round: 2, steps: 3, remote });
  const result = { first, second, weights: await pretrainer.weights(), state: await pretrainer.state() };
  await pretrainer.dispose();
  return result;
}

cardTest(
  "rounds on a card come to the weights and keys that they come to elsewhere, and skip the same steps",
  async () => {
    await startEngine({ engine: "wasm", threads: 1 });
    const cases = [syntheticCase(1), syntheticCase(3)], sick = [syntheticCase(1), spoilt];
    const expected = await course(cases), skipping = await course(sick);
    await startEngine({ engine: "webgpu", adapter: "software" });
    const before = tf.memory().numTensors;
    const actual = await course(cases), skipped = await course(sick);
    assertEquals(tf.memory().numTensors, before);
    for (const round of ["first", "second"] as const) {
      assertAlmostEquals(actual[round].meanLoss, expected[round].meanLoss, 2e-3);
      assertEquals(actual[round].release.partitions, expected[round].release.partitions);
      assertEquals(skipped[round].skipped, skipping[round].skipped);
    }
    for (const part of ["weights", "state"] as const) {
      assertEquals(forms(actual[part]), forms(expected[part]));
      expected[part].forEach(({ name, data }, index) =>
        data.forEach((value, i) => assertAlmostEquals(actual[part][index].data[i], value, 5e-3, name))
      );
    }
    assert(skipping.first.skipped + skipping.second.skipped > 0);
    assertEquals(forms(skipped.state), forms(skipping.state), "keys that are not finite are gone");
    assert([...skipped.weights, ...skipped.state].every(({ data }) => data.every(Number.isFinite)));
  },
);

cardTest(
  "keys go into a queue on the card and out of it without being read, those that are not finite at the end",
  async () => {
    await startEngine({ engine: "webgpu", adapter: "software" });
    const bank = new MemoryBank({ dimension: 2, capacity: 4, partitions: 8 });
    const other = { peer: "other", round: 1, features: Float32Array.of(0, 1), partitions: Int32Array.of(7) };
    bank.admit(other, 1);
    const remember = async (rows: number[][], partitions: number[]) => {
      const keys = tf.tensor2d(rows);
      await bank.remember(keys, Int32Array.from(partitions));
      keys.dispose();
    };
    const before = tf.memory().numTensors;
    const traffic = await countTraffic(async () => {
      await remember([[1, 0], [2, 0], [3, 0]], [1, 2, 3]);
      await remember([[NaN, 4], [5, 0]], [4, 5]); // the last takes the place of the first
    });
    assertEquals(traffic.readbacks, 0);
    const { rows, partitions, remote } = bank.draw(9, new Rng(1));
    const drawn = rows(), values = await drawn.data<"float32">();
    drawn.dispose();
    const found = Array.from(
      partitions,
      (partition, row) => [partition, remote[row], values[2 * row], values[2 * row + 1]],
    );
    assertEquals(found.sort(([a], [b]) => a - b), [[2, 0, 2, 0], [3, 0, 3, 0], [4, 0, 0, 0], [5, 0, 5, 0], [
      7,
      1,
      0,
      1,
    ]]);
    await bank.settle();
    const [features, kept] = bank.save();
    assertEquals([[...features.data], [...kept.data]], [[2, 0, 3, 0, 5, 0], [2, 3, 5]]);
    bank.dispose();
    assertEquals(tf.memory().numTensors, before);
  },
);
