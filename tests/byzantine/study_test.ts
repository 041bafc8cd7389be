import { assert, assertEquals } from "@std/assert";
import { type HonestSite, makeAttack, pretrain } from "../../scripts/byzantine/_consortium.ts";
import { BASELINE, BUDGET, type Condition, conditions, type Result, SITES } from "../../scripts/byzantine/_study.ts";
import { render } from "../../scripts/byzantine/_table.ts";
import { Rng } from "../../src/core/rng.ts";
import type { Adopted, Adoption, RoundResult } from "../../src/peer/trainer_api.ts";

const LENGTH = 200;
const ROUNDS = 12;

/** Each round moves every value by 1/10, give or take: after the last, honest peers are at 2.2 or so. */
class SteadyTrainer {
  vector = new Float32Array(LENGTH).fill(1);
  readonly #rng: Rng;

  constructor(seed: number) {
    this.#rng = new Rng(seed);
  }

  round(): Promise<RoundResult> {
    const vector = this.vector.map((value) => value + 0.1 + 0.01 * this.#rng.normal());
    const release = { features: new Float32Array(2), partitions: new Int32Array(1) };
    return Promise.resolve({ vector, release, loss: 0, skipped: 0, remarks: [] });
  }

  adopt(_round: number, { vector }: Adoption): Promise<Adopted> {
    this.vector = Float32Array.from(vector);
    return Promise.resolve({ health: null, optimiser: new Uint8Array(), warnings: [] });
  }
}

/** Mean over the honest peers' values at the end, and what was refused. */
async function outcome(condition: Condition) {
  const run = { ...BUDGET, ...condition, rounds: ROUNDS, seed: 1, data: "", directory: "" };
  const { honest } = makeAttack(run);
  const indices = condition.behaviour === "honest" ? Array.from({ length: SITES }, (_, i) => i) : honest;
  const steady = new Map(indices.map((index) => [index, new SteadyTrainer(index)]));
  const sites = new Map([...steady].map(([index, trainer]): [number, HonestSite] => {
    const layout = [{ name: "all", shape: [LENGTH] }], cases = { training: 4, labelled: 0, probe: 0, test: 0 };
    return [index, { trainer, opened: { vector: trainer.vector, layout, cases } }];
  }));
  const { refused } = await pretrain(run, sites);
  const values = honest.flatMap((index) => [...steady.get(index)!.vector]);
  return { mean: values.reduce((sum, value) => sum + value, 0) / values.length, refused };
}

const TRAINED = 1 + 0.1 * ROUNDS;

Deno.test("without liars, and with the two away, training arrives where it should", async () => {
  for (const behaviour of ["honest", "absent"] as const) {
    const { mean, refused } = await outcome({ rule: "mean", behaviour });
    assert(Math.abs(mean - TRAINED) < 0.05, `${behaviour}: ${mean}`);
    assertEquals(refused, { liars: 0, honest: 0 });
  }
});

for (const behaviour of ["sign-flip", "noise"] as const) {
  Deno.test(`liars that ${behaviour} carry the mean off, and not what a robust rule makes`, async () => {
    const carried = await outcome({ rule: "mean", behaviour });
    assert(Math.abs(carried.mean - TRAINED) > 0.5, `mean: ${carried.mean}`);
    for (const rule of ["self-centred-clipping", "trimmed-mean", "balance"]) {
      const { mean, refused } = await outcome({ rule, behaviour });
      assert(Math.abs(mean - TRAINED) < 0.25, `${rule}: ${mean}`);
      // six honest peers are sent two lies each in every round
      assertEquals(refused, { liars: rule === "balance" ? 12 * ROUNDS : 0, honest: 0 }, rule);
    }
  });
}

Deno.test("what is believed by default changes nothing without liars, and carries no lie further than a robust rule", async () => {
  const judging = true;
  assertEquals(
    await outcome({ rule: "mean", behaviour: "honest", judging }),
    await outcome({ rule: "mean", behaviour: "honest" }),
  );
  for (const behaviour of ["sign-flip", "noise"] as const) {
    const { mean, refused } = await outcome({ rule: "mean", behaviour, judging });
    assert(Math.abs(mean - TRAINED) < 0.05, `${behaviour}: ${mean}`);
    assertEquals(refused, { liars: 12 * ROUNDS, honest: 0 });
  }
  for (const behaviour of ["little-is-enough", "heavy"] as const) {
    const { mean, refused } = await outcome({ rule: "mean", behaviour, judging });
    assert(Math.abs(mean - TRAINED) < 0.1, `${behaviour}: ${mean}`); // it stays within what is honest
    assertEquals(refused, { liars: 0, honest: 0 });
  }
});

Deno.test("the table compares by site and seed, and says whether the bound holds", () => {
  const result = (condition: Condition, seed: number, dice: number[]): Result => ({
    ...{ ...condition, seed, dice, consensus: 0.001, refused: { liars: 3, honest: 1 } },
    ...{ engine: "wasm", seconds: 60, endedAt: "2026-11-24T12:00:00Z" },
  });
  const [bad, good] = [{ rule: "mean", behaviour: "noise" }, { rule: "balance", behaviour: "noise" }] as Condition[];
  const text = render([
    ...[result(BASELINE, 1, [0.6, 0.7]), result(bad, 1, [0.3, 0.4]), result(good, 1, [0.59, 0.7])],
    ...[result(BASELINE, 2, [0.5, 0.6]), result(bad, 2, [0.3, 0.4]), result(good, 2, [0.5, 0.58])],
  ], { command: "deno task byzantine", budget: BUDGET, conditions, version: { syncytium: "0", deno: "0" } });
  const row = (start: string) =>
    text.split("\n").find((line) => line.startsWith(`| ${start}`))!.split("|").map((cell) => cell.trim());
  assertEquals(row("mean; the two send noise").slice(2, 7), [
    "0.350 ± 0.058",
    "−0.250 ± 0.058",
    "−0.300, −0.200",
    "no",
    "6, 2",
  ]);
  assertEquals(row("balance; the two send noise").slice(3, 6), ["−0.008 ± 0.010", "−0.005, −0.010", "yes"]);
  assertEquals(conditions.length, 11);
});
