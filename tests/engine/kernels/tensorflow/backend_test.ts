import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../../src/core/rng.ts";
import { UserError } from "../../../../src/core/errors.ts";
import { startEngine } from "../../../../src/engine/engine.ts";
import { loadAddon } from "../../../../src/engine/kernels/tensorflow/addon.ts";
import { FOLDER_VARIABLE, writeInstallation } from "../../../../src/engine/kernels/tensorflow/installation.ts";
import { maxPool3d } from "../../../../src/engine/ops/max_pool3d.ts";
import { AdamW, globalNorm } from "../../../../src/engine/optimiser.ts";
import { UNet } from "../../../../src/model/unet.ts";
import { assertClose, tensorOf } from "../../_contract.ts";
import { maxPool3d as referenceMaxPool3d, noise } from "../../_reference.ts";
import { withEngine } from "./_tensorflow.ts";

const settings = { threads: 2, adapter: "hardware", named: true } as const;

/** A folder that looks set up: its addon is a text. */
async function withPretence(cuda: boolean, test: (folder: string, addon: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get(FOLDER_VARIABLE);
  try {
    const addon = join(folder, "tfjs_binding.node");
    await Deno.writeTextFile(addon, "this is no shared library");
    await writeInstallation(folder, { packageName: "@tensorflow/tfjs-node", addon, version: "2.20.0", cuda });
    Deno.env.set(FOLDER_VARIABLE, folder);
    await test(folder, addon);
  } finally {
    if (before === undefined) Deno.env.delete(FOLDER_VARIABLE);
    else Deno.env.set(FOLDER_VARIABLE, before);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("auto is told that the engine is CPU only and for whom it is, without its being loaded", () =>
  withPretence(false, async () => {
    const url = import.meta.resolve("../../../../src/engine/engines/tensorflow.ts");
    const start = `(await import("${url}")).tensorflowEngine.start(${JSON.stringify({ ...settings, named: false })})`;
    // in a process of its own, for in this one the engine may have been started before
    const command = new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        "--no-lock",
        `await ${start}.catch((error) => console.log(error.name, error.message, error.cause));`,
      ],
    });
    const { stdout } = await command.output();
    const told = new TextDecoder().decode(stdout).trim();
    assert(/^UserError .* is CPU only; .* asked for by name undefined$/.test(told), told); // a reason, not a defect
  }));

Deno.test("an engine that is not set up names the task that sets it up", () =>
  withPretence(true, async (folder) => {
    await Deno.remove(join(folder, "installation.json"));
    await assertRejects(
      () => startEngine({ engine: "tensorflow" }),
      UserError,
      "`deno task engine:tensorflow` does it",
    );
  }));

Deno.test("an addon that does not load says why", () =>
  withPretence(true, (_, addon) => {
    const refused = assertThrows(() => loadAddon(addon), UserError, "its addon must load, and does not");
    assert(/too short|invalid ELF header|not a mach-o|valid Win32/i.test(refused.message), refused.message);
    return Promise.resolve();
  }));

Deno.test({
  name: "without --allow-ffi the flag is named",
  permissions: { read: true, write: true, env: true, ffi: false },
  fn: () =>
    withPretence(true, async () => {
      await assertRejects(() => startEngine({ engine: "tensorflow" }), UserError, "needs the flag --allow-ffi");
    }),
});

// takes ten seconds on a processor: so long does TensorFlow's allocator wait for memory to become free
withEngine("a tensor that has no room is refused with its size and what to lower", async () => {
  await startEngine({ engine: "tensorflow" });
  const before = tf.memory().numTensors;
  const rule = /a tensor \[1048576,1048576,1024\] of float \(4 PiB\) found no room on \w+:\d; lower the batch/;
  const refused = assertThrows(() => tf.tidy(() => tf.fill([2 ** 20, 2 ** 20, 2 ** 10], 1)), UserError);
  assert(rule.test(refused.message), refused.message);
  assertEquals(tf.memory().numTensors, before);
  assertEquals(tf.tidy(() => tf.fill([2], 1).dataSync()), Float32Array.of(1, 1)); // and it goes on
});

withEngine("the gradient of pooling is right for a window of three extents", async () => {
  await startEngine({ engine: "tensorflow" });
  const window = [1, 3, 2] as const;
  const x = noise([2, 4, 7, 5, 2], 3);
  const dy = noise([2, 4, 2, 2, 2], 4);
  const gradient = tf.tidy(() => tf.grad((x) => maxPool3d(x as tf.Tensor5D, window))(tensorOf(x), tensorOf(dy)));
  await assertClose(gradient, referenceMaxPool3d(x, window, dy)[1], "dx", 0);
  gradient.dispose();
});

type Triple = [number, number, number];
const pools: [string, Triple, Triple, "valid" | "same"][] = [
  ["windows that overlap", [3, 3, 3], [2, 2, 2], "valid"],
  ["windows beyond the border", [2, 2, 2], [2, 2, 2], "same"],
];
for (const [what, window, strides, pad] of pools) {
  withEngine(`the gradient of pooling with ${what} is the one of the reference engine`, async () => {
    const x = noise([2, 4, 7, 5, 2], 3);
    const pool = (x: tf.Tensor) => tf.maxPool3d(x as tf.Tensor5D, window, strides, pad);
    const gradient = () => tf.tidy(() => tf.grad(pool)(tensorOf(x)).dataSync());
    await startEngine({ engine: "cpu" });
    const expected = gradient();
    await startEngine({ engine: "tensorflow" });
    assertEquals(gradient(), expected);
  });
}

withEngine("training a U-Net keeps TensorFlow's own tensors constant, and learns", async () => {
  await startEngine({ engine: "tensorflow" });
  const { binding } = tf.backend() as unknown as { binding: { getNumOfTensors(): number } };
  const pool = Array.from({ length: 2 }, () => [2, 2, 2] as const);
  const network = new UNet({ classes: 3, baseFilters: 4, levels: 3, norm: "instance", pool }, new Rng(1));
  const optimiser = new AdamW(network.variables, { learningRate: 3e-3 });
  const x = tensorOf<tf.Rank.R5>(noise([2, 16, 16, 16, 1], 7));
  const target = tf.tidy(() => tf.oneHot(tf.cast(tf.greater(x.flatten(), 0), "int32"), 3).toFloat());
  const losses: number[] = [];
  const counts: string[] = [];
  for (let step = 0; step < 12; step++) {
    const { value, grads } = tf.variableGrads(() => {
      const logits = network.forward(x).reshape([-1, 3]); // [voxels, classes]
      return tf.neg(tf.mean(tf.sum(tf.mul(target, tf.logSoftmax(logits)), 1))) as tf.Scalar;
    }, [...network.variables.values()]);
    const gradients = new Map([...network.variables].map(([name, variable]) => [name, grads[variable.name]]));
    optimiser.apply(gradients, { scale: Math.min(1, 1 / await globalNorm(gradients)) });
    losses.push((await value.data())[0]);
    tf.dispose([value, grads]);
    counts.push(`${tf.memory().numTensors} of tfjs, ${binding.getNumOfTensors()} of TensorFlow`);
  }
  assertEquals(new Set(counts.slice(1)).size, 1, `tensor counts: ${[...new Set(counts)].join("; ")}`);
  assert(losses.at(-1)! < losses[0], `the loss went from ${losses[0]} to ${losses.at(-1)}`);
  optimiser.dispose();
  tf.dispose([x, target, ...network.variables.values()]);
});

withEngine("it computes in Workers, one after another and beside the main thread", async () => {
  const { detail } = await startEngine({ engine: "tensorflow" });
  assert(detail.startsWith("TensorFlow 2."), detail);
  for (let round = 0; round < 2; round++) {
    const worker = new Worker(import.meta.resolve("./_worker.ts"), { type: "module" });
    const answer = await new Promise<unknown>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
    });
    worker.terminate();
    assertEquals(answer, "tensorflow: 8");
  }
  assertEquals(tf.tidy(() => tf.add(tf.ones([2]), 1).dataSync()), Float32Array.of(2, 2));
});
