import { assertEquals } from "@std/assert";
import type { Health } from "../../../src/pretraining/health.ts";
import { type Pretraining, pretrainingTable } from "../../../src/evaluation/tables/pretraining.ts";

const health = (neighbourAccuracy: number): Health => ({
  ...{ meanCosine: 0.2, effectiveRank: 12.345, neighbourAccuracy, chance: 0.25, collapsed: false, rows: 10 },
});

const pretraining = (some: Partial<Pretraining> = {}): Pretraining => ({
  method: "fcl",
  sites: ["1", "2"],
  health: [health(0.5), health(0.7)],
  consensus: 0.002,
  bytes: { weights: 2e6, features: 5e5 },
  seconds: 100,
  ...some,
});

Deno.test("a row a method, in the order of the first: means over folds, seeds and sites", () => {
  const { header, rows } = pretrainingTable([
    pretraining(),
    pretraining({ method: "local", consensus: 1, bytes: { weights: 0, features: 0 } }),
    pretraining({ health: [health(0.6), null], consensus: 0.004, bytes: { weights: 4e6, features: 0 }, seconds: 200 }),
  ]);
  assertEquals(rows.map((row) => row.length), [header.length, header.length]);
  assertEquals(rows[0], [
    "fcl",
    "0.600 ± 0.100",
    "0.25",
    "0.200 ± 0.000",
    "12.3",
    "3.0e-3",
    "3.0",
    "0.3",
    "2 min 30 s",
  ]);
  assertEquals(rows[1].slice(0, 2).concat(rows[1].slice(5)), [
    "local",
    "0.600 ± 0.141",
    "1.0e+0",
    "0.0",
    "0.0",
    "1 min 40 s",
  ]);
});

Deno.test("without probes there is no health to tell, and no pre-trainings give no rows", () => {
  const [[, neighbours, chance, cosine, rank]] = pretrainingTable([pretraining({ health: [null, null] })]).rows;
  assertEquals(new Set([neighbours, chance, cosine, rank]).size, 1);
  assertEquals(/\d/.test(neighbours), false);
  assertEquals(pretrainingTable([]).rows, []);
});
