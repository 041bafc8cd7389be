/** What a training step sends to a card and reads from it does not grow, and its work is counted right. */
import { assert, assertEquals } from "@std/assert";
import { unet } from "../../scripts/bench/cases.ts";
import { networkOperations } from "../../scripts/bench/operations.ts";
import { training } from "../../scripts/bench/workloads/training.ts";
import { record } from "../../scripts/profile/recorder.ts";
import { trafficTable } from "../../scripts/profile/_tables.ts";
import { countTraffic, type Traffic } from "../../scripts/profile/traffic.ts";
import { workOf } from "../../scripts/profile/work.ts";
import { messageOf, UserError } from "../../src/core/errors.ts";
import { startEngine } from "../../src/engine/engine.ts";

const small = { network: unet(2), batch: 1, extent: 8 };

/** What a step of `small` came to when this was written; lower it with the count. Nothing is waited for. */
const MOST: Traffic = {
  ...{ dispatches: 196, submissions: 4, pipelines: 0 },
  ...{ bytesToDevice: 11_500, readbacks: 0, bytesToHost: 0 },
};

/** Programs that the first step of `small` compiles, after the engine has proved itself. */
const MOST_PIPELINES = 74;

/** Why the engine cannot start here; undefined if it can. */
const missing = await startEngine({ engine: "webgpu", adapter: "software" }).then(() => undefined, (error) => {
  if (error instanceof UserError && error.cause === undefined) return messageOf(error);
  throw error;
});

Deno.test({
  name: `a training step launches, sends and reads back no more than it did${missing ? ` (skipped: ${missing})` : ""}`,
  ignore: missing !== undefined,
  async fn() {
    await startEngine({ engine: "webgpu", adapter: "software" });
    const workload = training(small);
    const first = await countTraffic(workload.run);
    const steps = [await countTraffic(workload.run), await countTraffic(workload.run)];
    workload.dispose();
    assert(first.pipelines > 0 && first.pipelines <= MOST_PIPELINES, `${first.pipelines} programs compiled`);
    // a table of rates grows by a row a step until the next reading
    assertEquals({ ...steps[1], bytesToDevice: steps[0].bytesToDevice }, steps[0], "every step does the same");
    for (const [what, most] of Object.entries(MOST)) {
      const count = steps[1][what as keyof Traffic];
      assert(count <= most, `${what} must be at most ${most}, got ${count}`);
    }
  },
});

Deno.test("the table has every count", () => {
  assertEquals(trafficTable(MOST).rows.map(([, value]) => value), ["196", "4", "0", "11.5 kB", "0", "0 B"]);
});

Deno.test("the convolutions of a step have the operations that the network has on paper", async () => {
  await startEngine({ engine: "cpu" });
  const workload = training(small);
  await workload.step();
  const { runs } = await record(workload.step, "clock");
  workload.dispose();
  const sum = (phase: string) =>
    runs.filter((run) => run.phase === phase).reduce((sum, { work }) => sum + work.operations, 0);
  const forward = networkOperations(small.network, { batch: 1, extent: 8 });
  assertEquals(sum("forward"), forward);
  const image = 2 * 27 * 1 * 2 * 8 ** 3; // nobody needs the gradient of the image
  assertEquals(sum("backward"), 2 * forward - image);
});

Deno.test("a kernel reads its inputs and writes its outputs once, and a product has the operations of its three sizes", () => {
  const add = { kernel: "Add", inputs: [[2, 3], [3]], outputs: [[2, 3]] };
  assertEquals(workOf(add), { operations: 0, bytes: 4 * 15 });
  assertEquals(workOf({ ...add, kernel: "Reshape" }), { operations: 0, bytes: 0 });
  const product = { kernel: "BatchMatMul", inputs: [[2, 3], [3, 5]], outputs: [[2, 5]] };
  assertEquals(workOf(product), { operations: 2 * 2 * 3 * 5, bytes: 4 * 31 });
  const filter = { kernel: "Conv3DBackpropFilterV2", inputs: [[1, 4, 4, 4, 2], [1, 4, 4, 4, 8]] };
  assertEquals(workOf({ ...filter, outputs: [[3, 3, 3, 2, 8]] }).operations, 2 * 27 * 2 * 8 * 64);
});
