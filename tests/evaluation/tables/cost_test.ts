import { assertEquals } from "@std/assert";
import { costTable } from "../../../src/evaluation/tables/cost.ts";

const cell = (id: string, cost: { seconds: number; bytes?: number; joules?: number | null }) => ({
  cell: id,
  rows: 3,
  bytes: 0,
  joules: null,
  ...cost,
});

Deno.test("a row a method and mode: means over its cells, of energy over those that tell it", () => {
  const { rows } = costTable([
    cell("fcl/local/n1/fold0/seed11", { seconds: 60 }),
    cell("fcl/federated/n1/fold0/seed11", { seconds: 10, bytes: 3e6, joules: 500 }),
    cell("fcl/local/n2/fold1/seed11", { seconds: 120, joules: 3000 }),
    cell("fcl/federated/n4/fold0/seed12", { seconds: 20, bytes: 1e6, joules: 1000 }),
  ]);
  assertEquals(rows, [
    ["fcl, local", "2", "1 min 30 s", "0", "3"],
    ["fcl, federated", "2", "15 s", "2", "0.75"],
  ]);
});

Deno.test("without counters there is no energy", () => {
  const [[, , , , energy]] = costTable([cell("scratch/local/n1/fold0/seed11", { seconds: 1 })]).rows;
  assertEquals(/\d/.test(energy), false);
  assertEquals(costTable([]).rows, []);
});
