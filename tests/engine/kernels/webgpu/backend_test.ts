import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { messageOf, UserError } from "../../../../src/core/errors.ts";
import { Rng } from "../../../../src/core/rng.ts";
import { DeviceLostError, startEngine } from "../../../../src/engine/engine.ts";
import { requireAdapter } from "../../../../src/engine/kernels/webgpu/adapter.ts";
import type { WebgpuBackend } from "../../../../src/engine/kernels/webgpu/backend.ts";
import { describeDeviceError } from "../../../../src/engine/kernels/webgpu/device_errors.ts";
import type { Program } from "../../../../src/engine/kernels/webgpu/program.ts";
import { conv3d } from "../../../../src/engine/ops/conv3d.ts";
import { upsample3d } from "../../../../src/engine/ops/upsample3d.ts";
import { AdamW, globalNorm } from "../../../../src/engine/optimiser.ts";
import { voxelLoss } from "../../../../src/engine/ops/voxel_loss.ts";
import { parseUNetConfig } from "../../../../src/model/config.ts";
import { UNet } from "../../../../src/model/unet.ts";
import { diceCrossEntropy } from "../../../../src/segmentation/losses.ts";
import { assertClose, tensorOf } from "../../_contract.ts";
import { noise } from "../../_reference.ts";

/** Why the engine cannot start here; undefined if it can. */
const missing = await (async () => {
  try {
    await start();
  } catch (error) {
    if (error instanceof UserError && error.cause === undefined) return messageOf(error);
    throw error;
  }
})();

async function start(): Promise<WebgpuBackend> {
  await startEngine({ engine: "webgpu", adapter: "software" });
  return tf.backend() as WebgpuBackend;
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: `webgpu: ${name}${missing ? ` (skipped: ${missing})` : ""}`,
    ignore: missing !== undefined,
    fn,
  });
}

const infoOf = (description: string, isFallbackAdapter: boolean) =>
  ({ info: { description, isFallbackAdapter } }) as { info: GPUAdapterInfo };

Deno.test("a graphics card is taken, and an emulated one only if it is asked for", () => {
  const [card, emulated] = [infoOf("a card", false), infoOf("llvmpipe", true)];
  assertEquals(requireAdapter(card, "hardware"), card);
  assertEquals(requireAdapter(emulated, "software"), emulated);
  const refuse = (found: typeof card | null, kind: "hardware" | "software", rule: string) =>
    assertThrows(() => requireAdapter(found, kind), UserError, rule);
  refuse(null, "hardware", "there is no graphics adapter; install the Vulkan driver of the card's vendor");
  refuse(null, "software", "there is no software graphics adapter; install one (on Debian mesa-vulkan-drivers)");
  refuse(card, "software", "there is no software graphics adapter");
  refuse(emulated, "hardware", 'must be asked for with the adapter "software"');
  refuse(infoOf("Google SwiftShader", false), "hardware", "(adapter: Google SwiftShader)");
});

Deno.test("memory that has run out is reported with what was asked, what is held and what to lower", () => {
  const error = describeDeviceError(new GPUOutOfMemoryError("none left"), {
    what: "a tensor [1, 96]",
    bytes: 384,
    held: 2e9,
  });
  assertEquals(
    error.message,
    "computing on the graphics card: it has no memory left for 384 B more beside the 2 GB in use; lower the batch, the " +
      "patch or the base filters (a tensor [1, 96])",
  );
});

test("tensors outlast a change to another engine and back", async () => {
  await start();
  const x = tf.tidy(() => tf.mul(tf.ones([3]), 2));
  await startEngine({ engine: "wasm" });
  assertEquals([...tf.tidy(() => tf.add(tf.ones([2]), 1).dataSync())], [2, 2]);
  await start();
  assertEquals([...await x.data()], [2, 2, 2]);
  await startEngine({ engine: "wasm" });
  const moved = tf.tidy(() => tf.add(x, 1)); // its values were read, so they can move
  assertEquals([...await moved.data()], [3, 3, 3]);
  tf.dispose([x, moved]);
});

test("the engine computes in a Worker", async () => {
  const worker = new Worker(import.meta.resolve("./_worker.ts"), { type: "module" });
  const answer = await new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = reject;
  });
  worker.terminate();
  assertEquals(answer, "webgpu: 8");
});

test("a tensor that is on the card cannot be read at once, and says how it can", async () => {
  await start();
  const x = tf.tidy(() => tf.add(tf.ones([2]), 1));
  assertThrows(() => x.dataSync(), Error, "await tensor.data()");
  x.dispose();
});

test("a program that is invalid is an error at the next read and at every later op, until the engine starts anew", async () => {
  const backend = await start();
  const program: Program = { name: "nonsense", writes: { y: "f32" }, reads: {}, threads: 64, body: "y[0] = nothing;" };
  const x = tf.tensor1d([1, 2]);
  const y = backend.output([4]);
  backend.launch(program, { y }, {}, 1);
  const read = () => backend.read(y.dataId);
  assert((await assertRejects(read, UserError, "the device refused a command")).message.includes("(nonsense: "));
  await assertRejects(read, UserError, "nonsense");
  assertThrows(() => tf.square(x), UserError, "nonsense");
  assertThrows(() => tf.ones([2]), UserError, "nonsense");
  x.dispose();
  assert(await start() !== backend);
  const again = tf.tidy(() => tf.add(tf.ones([2]), 1));
  assertEquals([...await again.data()], [2, 2]);
  again.dispose();
});

test("a tensor that is larger than the card takes in one is refused before anything is allocated", async () => {
  const backend = await start();
  const values = backend.largestTensor / 4 + 1;
  const before = [tf.memory().numTensors, backend.memory().numBytesAllocatedInGPU];
  assertThrows(() => tf.zeros([values]), UserError, "lower the batch, the patch or the base filters ([");
  assertEquals([tf.memory().numTensors, backend.memory().numBytesAllocatedInGPU], before);
});

test("a device that is lost is an error of every read and op, and the engine can be started anew", async () => {
  const backend = await start();
  const x = tf.tidy(() => tf.add(tf.ones([2]), 1));
  backend.device.destroy();
  await assertRejects(() => x.data(), DeviceLostError, "go on from the last checkpoint");
  await backend.device.lost;
  await assertRejects(() => x.data(), DeviceLostError);
  assertThrows(() => tf.square(x), DeviceLostError);
  assert(await start() !== backend);
  assertThrows(() => tf.square(x), DeviceLostError); // its values are gone with its device
  x.dispose();
  const again = tf.tidy(() => tf.add(tf.ones([2]), 1));
  assertEquals([...await again.data()], [2, 2]);
  again.dispose();
});

test("moments that were read are read anew after the next step", async () => {
  await start();
  const w = tf.variable(tf.zeros([2]), false);
  const optimiser = new AdamW(new Map([["w", w]]), { beta1: 0.5 });
  const gradient = tf.tensor1d([1, 2]);
  const first: number[][] = [];
  for (let step = 0; step < 2; step++) {
    optimiser.apply(new Map([["w", gradient]]));
    first.push([...(await optimiser.read()).find(({ name }) => name === "adam/first/w")!.data]);
  }
  assertEquals(first, [[0.5, 1], [0.75, 1.5]]);
  optimiser.dispose();
  tf.dispose([w, gradient]);
});

for (const [channelsIn, channelsOut] of [[4, 64], [64, 8], [32, 3], [3, 32]]) {
  test(`convolutions of volumes large enough for wide tiles are right from ${channelsIn} to ${channelsOut} channels`, async () => {
    const x = noise([1, 64, 32, 32, channelsIn], 1);
    const weights = noise([1, 1, 1, channelsIn, channelsOut], 2);
    const dy = noise([1, 64, 32, 32, channelsOut], 3);
    const run = () =>
      tf.tidy(() => {
        const convolve = (x: tf.Tensor, filter: tf.Tensor) => conv3d(x as tf.Tensor5D, filter as tf.Tensor5D);
        const inputs = [tensorOf(x), tensorOf(weights)];
        return [convolve(inputs[0], inputs[1]), ...tf.grads(convolve)(inputs, tensorOf(dy))];
      });
    await startEngine({ engine: "wasm" });
    const expected = run();
    const values = expected.map((tensor) => ({ shape: tensor.shape, data: Float64Array.from(tensor.dataSync()) }));
    await start();
    const actual = run();
    for (const [i, name] of ["y", "dx", "dFilter"].entries()) await assertClose(actual[i], values[i], name);
    tf.dispose([expected, actual]);
  });
}

for (const classes of [2, 3, 17]) {
  test(`the loss of voxels of ${classes} classes and its gradient are those of the stock ops`, async () => {
    const labels = Uint8Array.from({ length: 5000 }, (_, i) => i * i % 11 % classes);
    const logits = noise([1, 50, 10, 10, classes], 1);
    logits.data.forEach((value, i) => logits.data[i] = Math.fround(9 * value));
    const count = (label: number) => labels.filter((other) => other === label).length;
    const classSizes = Array.from({ length: classes }, (_, label) => count(label));
    const classWeights = classSizes.map((_, label) => (label + 1) / 5000);
    const settings = { dice: 0.8, crossEntropy: 0.7, smooth: 0.1, classSizes, classWeights };
    const run = () =>
      tf.tidy(() => {
        const { value, grad } = tf.valueAndGrad((x) => tf.mul(voxelLoss(x as tf.Tensor5D, labels, settings), 3))(
          tensorOf(logits),
        );
        return [value, grad];
      });
    await startEngine({ engine: "cpu" });
    const expected = run();
    const values = expected.map((tensor) => ({ shape: tensor.shape, data: Float64Array.from(tensor.dataSync()) }));
    await start();
    const actual = run();
    await assertClose(actual[0], values[0], "loss");
    await assertClose(actual[1], values[1], "gradient");
    tf.dispose([expected, actual]);
  });
}

test("more values than one row of workgroups covers are all computed", async () => {
  await start();
  const x = tf.ones([1, 1, 1, 1_200_000, 1]) as tf.Tensor5D;
  const y = upsample3d(x, [1, 1, 4]);
  const total = tf.sum(y);
  assertEquals([...await total.data()], [4_800_000]);
  tf.dispose([x, y, total]);
});

test("more sums than one row of workgroups covers are all right, the last one too", async () => {
  await start();
  const x = tf.tidy(() => tf.tile(tensorOf(noise([1, 65], 1)), [65_600, 1]));
  const apart = tf.tidy(() => tf.max(tf.abs(tf.sub(tf.sum(x, 1), tf.sum(x.slice([0, 0], [1, 65]))))));
  assert((await apart.data())[0] < 1e-5, `${await apart.data()}`);
  tf.dispose([x, apart]);
});

test("training keeps tensors and the card's memory constant, and learns", async () => {
  const backend = await start();
  const config = parseUNetConfig({ classes: 2, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] });
  const unet = new UNet(config, new Rng(1));
  const optimiser = new AdamW(unet.variables, { learningRate: 1e-2 });
  const image = Float32Array.from(noise([512], 5).data);
  const label = Uint8Array.from(image, (value) => value < 0 ? 0 : 1);
  const [losses, tensors, bytes]: number[][] = [[], [], []];
  for (let step = 0; step < 8; step++) {
    const { value, grads } = tf.tidy(() => {
      const x = tf.tensor5d(image, [1, 8, 8, 8, 1]);
      return tf.variableGrads(() => diceCrossEntropy(unet.forward(x), label), [...unet.variables.values()]);
    });
    const gradients = new Map([...unet.variables].map(([name, variable]) => [name, grads[variable.name]]));
    optimiser.apply(gradients, { scale: Math.min(1, 1 / await globalNorm(gradients)) });
    losses.push((await value.data())[0]);
    tf.dispose([value, grads]);
    tensors.push(tf.memory().numTensors);
    bytes.push(backend.memory().numBytesAllocatedInGPU);
  }
  assertEquals(new Set(tensors).size, 1, `tensors: ${tensors}`);
  assertEquals(new Set(bytes.slice(3)).size, 1, `bytes: ${bytes}`);
  assert(losses.at(-1)! < losses[0], `losses: ${losses}`);
  optimiser.dispose();
  unet.dispose();
});
