/** The recorder sees every kernel, knows whose it is, and leaves no trace. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { unet } from "../../scripts/bench/cases.ts";
import { training } from "../../scripts/bench/workloads/training.ts";
import { record, timingOf } from "../../scripts/profile/recorder.ts";
import { startEngine } from "../../src/engine/engine.ts";

const small = { network: unet(2), batch: 1, extent: 8 };

for (const engine of ["cpu", "wasm"] as const) {
  Deno.test(`on ${engine} each layer's kernels are its own, forward and backward, and the step is as without`, async () => {
    await startEngine({ engine, threads: 1 });
    const plain = training(small);
    const losses = [await plain.step(), await plain.step()];
    plain.dispose();

    const workload = training(small);
    const tensors = tf.memory().numTensors;
    const kernels = new Map(tf.getKernelsForBackend(engine).map((kernel) => [kernel.kernelName, kernel.kernelFunc]));
    const recordings = [];
    const recorded: number[] = [];
    for (let step = 0; step < 2; step++) {
      recordings.push(await record(async () => void recorded.push(await workload.step()), timingOf(engine)));
    }
    assertEquals(recorded, losses);
    assertEquals(tf.memory().numTensors, tensors + 2 * workload.unet.variables.size, "Adam's moments alone are new");
    for (const { kernelName, kernelFunc } of tf.getKernelsForBackend(engine)) {
      assert(kernelFunc === kernels.get(kernelName), `${kernelName} must be restored`);
    }

    const { runs, milliseconds } = recordings[1];
    const own = runs.reduce((sum, run) => sum + run.milliseconds, 0);
    assert(own > 0 && own <= milliseconds, `${own} of ${milliseconds} ms`);
    const count = (phase: string, layer: string, kernel: string) =>
      runs.filter((run) => run.phase === phase && run.layer === layer && run.kernel === kernel).length;
    const convolutions = [...workload.unet.variables.keys()].filter((name) => name.endsWith("/filter"))
      .map((name) => name.slice(0, -"/filter".length));
    assertEquals(convolutions.length, 7 * 2 + 3 + 1);
    for (const layer of convolutions) {
      const counts = [
        count("forward", layer, "Conv3D"),
        count("backward", layer, "Conv3DBackpropFilterV2"),
        count("backward", layer, "Conv3DBackpropInputV2"),
      ];
      assertEquals(counts, [1, 1, layer === "encoder/level0/block0" ? 0 : 1], layer);
    }
    const layers = (phase: string) => new Set(runs.filter((run) => run.phase === phase).map(({ layer }) => layer));
    const moving = ["encoder/level1/pool", "decoder/level2/join", "loss"];
    assertEquals(moving.filter((layer) => !layers("forward").has(layer)), []);
    assertEquals(moving.filter((layer) => !layers("backward").has(layer)), []);
    assertEquals([...layers("forward")].filter((layer) => layer === ""), []);
    assert(layers("update").has("AdamW"));
    workload.dispose();
  });
}

Deno.test("a kernel's time is its own, without that of the kernels that it runs", async () => {
  await startEngine({ engine: "cpu" });
  const busy = () => {
    for (const end = performance.now() + 20; performance.now() < end;);
  };
  const register = (kernelName: string, compute: () => void) =>
    tf.registerKernel({
      ...{ kernelName, backendName: "cpu" },
      kernelFunc: ({ inputs }) => {
        compute();
        const { dataId, shape, dtype } = inputs.x!;
        tf.backend().incRef(dataId);
        return { dataId, shape, dtype };
      },
    });
  register("TestInner", busy);
  register("TestOuter", () => tf.engine().runKernel("TestInner", { x: tf.scalar(1) }));
  const { runs, milliseconds } = await record(() => {
    tf.tidy(() => void tf.engine().runKernel("TestOuter", { x: tf.scalar(1) }));
    return Promise.resolve();
  }, "clock");
  const of = (kernel: string) => runs.find((run) => run.kernel === kernel)!.milliseconds;
  assert(of("TestInner") >= 20);
  assert(of("TestInner") + of("TestOuter") <= milliseconds);
  for (const name of ["TestInner", "TestOuter"]) tf.unregisterKernel(name, "cpu");
});

Deno.test("when the work fails, its error comes through and the kernels are as before", async () => {
  await startEngine({ engine: "cpu" });
  const before = tf.getKernel("Exp", "cpu").kernelFunc;
  const work = () => Promise.reject(new Error("out of memory"));
  await assertRejects(() => record(work, "clock"), Error, "out of memory");
  assert(tf.getKernel("Exp", "cpu").kernelFunc === before);
});

Deno.test("replayed, the same kernels of the same layers have a time each, and no tensor is left behind", async () => {
  await startEngine({ engine: "wasm", threads: 1 });
  const workload = training(small);
  await workload.step();
  const tensors = tf.memory().numTensors;
  const clocked = await record(workload.step, "clock");
  const replayed = await record(workload.step, "replay");
  const names = ({ runs }: typeof clocked) => runs.map(({ phase, layer, kernel }) => [phase, layer, kernel]);
  assertEquals(names(replayed), names(clocked));
  assert(replayed.runs.every(({ milliseconds }) => Number.isFinite(milliseconds)));
  assertEquals(tf.memory().numTensors, tensors);
  workload.dispose();
});

Deno.test("calls that are alike are replayed once for all, on tensors of their shapes", async () => {
  await startEngine({ engine: "cpu" });
  const seen: string[] = [];
  tf.registerKernel({
    ...{ kernelName: "TestSeen", backendName: "cpu" },
    kernelFunc: ({ inputs, attrs }) => {
      const { dataId, shape, dtype } = inputs.x!;
      seen.push(`${dtype} [${shape}] ${JSON.stringify(attrs)}`);
      tf.backend().incRef(dataId);
      return { dataId, shape, dtype };
    },
  });
  const call = (x: tf.Tensor, attributes: tf.NamedAttrMap) => tf.engine().runKernel("TestSeen", { x }, attributes);
  const { runs } = await record(() => {
    tf.tidy(() => {
      call(tf.zeros([2, 3]), { slope: 1 });
      call(tf.ones([2, 3]), { slope: 1 });
      call(tf.zeros([4], "int32"), {});
    });
    return Promise.resolve();
  }, "replay");
  tf.unregisterKernel("TestSeen", "cpu");
  const times = runs.filter(({ kernel }) => kernel === "TestSeen").map(({ milliseconds }) => milliseconds);
  assertEquals([times.length, times[1]], [3, times[0]]);
  assert(seen.length > 3, "it must have run again");
  assertEquals([...new Set(seen.slice(3))], ['float32 [2,3] {"slope":1}', "int32 [4] {}"]);
});
