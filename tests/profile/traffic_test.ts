/** What a step of training or pre-training sends to a card and reads from it does not grow, and its work is counted right. */
import { assert, assertEquals } from "@std/assert";
import { contrastive as contrastiveCase, unet } from "../../scripts/bench/cases.ts";
import { networkOperations } from "../../scripts/bench/operations.ts";
import { contrastive } from "../../scripts/bench/workloads/contrastive.ts";
import { training } from "../../scripts/bench/workloads/training.ts";
import type { Workload } from "../../scripts/bench/workloads/workload.ts";
import { bytesOf, record } from "../../scripts/profile/recorder.ts";
import { trafficTable } from "../../scripts/profile/_tables.ts";
import { countTraffic, type Traffic } from "../../scripts/profile/traffic.ts";
import { workOf } from "../../scripts/profile/work.ts";
import { messageOf, UserError } from "../../src/core/errors.ts";
import { startEngine } from "../../src/engine/engine.ts";

const small = { network: unet(2), batch: 1, extent: 8 };

/** What a step came to when this was written; lower it with the count. */
interface Bounds extends Traffic {
  /** What kernels read and write at least, in bytes. */
  readonly kernelBytes: number;
  /** Programs that the first step compiles, after the engine has proved itself. */
  readonly firstPipelines: number;
}

/** Of `small`, and of pre-training with as small a network on 16^3. Nothing is waited for. */
const MOST: Readonly<Record<"training" | "pre-training", Bounds>> = {
  training: {
    ...{ dispatches: 196, submissions: 4, pipelines: 0, firstPipelines: 74 },
    ...{ bytesToDevice: 11_500, readbacks: 0, bytesToHost: 0, kernelBytes: 1_163_540 },
  },
  "pre-training": {
    ...{ dispatches: 472, submissions: 8, pipelines: 0, firstPipelines: 88 },
    ...{ bytesToDevice: 4_661_000, readbacks: 0, bytesToHost: 0, kernelBytes: 96_870_404 },
  },
};

/** The steps of which that is. */
const workloads: Readonly<Record<keyof typeof MOST, () => Workload | Promise<Workload>>> = {
  training: () => training(small),
  "pre-training": () => contrastive(contrastiveCase(2, 16)),
};

/** Why the engine cannot start here; undefined if it can. */
const missing = await startEngine({ engine: "webgpu", adapter: "software" }).then(() => undefined, (error) => {
  if (error instanceof UserError && error.cause === undefined) return messageOf(error);
  throw error;
});

for (const [name, open] of Object.entries(workloads)) {
  const most: Bounds = MOST[name as keyof typeof MOST];
  Deno.test({
    name: `a ${name} step launches, sends, reads back and moves no more than it did${
      missing ? ` (skipped: ${missing})` : ""
    }`,
    ignore: missing !== undefined,
    async fn() {
      await startEngine({ engine: "webgpu", adapter: "software" });
      const workload = await open();
      const first = await countTraffic(workload.run);
      const steps = [await countTraffic(workload.run), await countTraffic(workload.run)];
      const kernelBytes = bytesOf(await record(workload.run, "clock"));
      workload.dispose();
      assert(first.pipelines > 0, "the first step compiles its programs");
      // a table of rates grows by a row a step until the next reading; full queues are handed over whichever step it is
      const alike = ({ bytesToDevice: _bytes, submissions: _times, ...counts }: Traffic) => counts;
      assertEquals(alike(steps[1]), alike(steps[0]), "every step does the same");
      const counted = { ...steps[1], kernelBytes, firstPipelines: first.pipelines };
      for (const [what, count] of Object.entries(counted)) {
        const bound = most[what as keyof Bounds];
        assert(count <= bound, `${what} must be at most ${bound}, got ${count}: ${JSON.stringify(counted)}`);
      }
    },
  });
}

Deno.test("the table has every count", () => {
  const counts = { dispatches: 196, submissions: 4, pipelines: 0, bytesToDevice: 11_500, readbacks: 0, bytesToHost: 0 };
  const values = trafficTable(counts, 2e6).rows.map(([, value]) => value);
  assertEquals(values, ["196", "4", "0", "11.5 kB", "0", "0 B", "2 MB"]);
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
