/** What is measured leaves nothing behind: a run no tensor, the end of a case none at all. */
import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { cases } from "../../scripts/bench/cases.ts";
import { prepareWorkload } from "../../scripts/bench/workloads/registry.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { reduced } from "../../scripts/bench/reduced.ts";

for (const one of cases) {
  Deno.test(`${one.name}, ${one.metric}: runs leave no tensor behind`, async () => {
    await startEngine({ engine: "wasm", threads: 1 });
    const before = tf.memory().numTensors;
    const workload = await prepareWorkload(reduced(one));
    await workload.run(); // the optimiser makes its moments
    const first = tf.memory().numTensors;
    await workload.run();
    assertEquals(tf.memory().numTensors, first);
    workload.dispose();
    assertEquals(tf.memory().numTensors, before);
  });
}
