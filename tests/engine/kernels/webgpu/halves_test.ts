/** Activations in 16 bits: what is stored so, what does not know it, and cards that have none or lie. */
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { messageOf, UserError } from "../../../../src/core/errors.ts";
import { startEngine } from "../../../../src/engine/engine.ts";
import { canStore } from "../../../../src/engine/engines/webgpu.ts";
import type { WebgpuBackend } from "../../../../src/engine/kernels/webgpu/backend.ts";
import { normAct } from "../../../../src/engine/ops/norm_act.ts";
import { upsample3d } from "../../../../src/engine/ops/upsample3d.ts";

Deno.test("a card that lacks 16-bit floats or is wrong with them stores 32 bits, and one sentence says why", () => {
  const told: string[] = [];
  const warn = (message: string) => told.push(message);
  assert(canStore({ is: "right" }, "a card", warn));
  assertEquals(told, []);
  assert(!canStore({ is: "absent" }, "a card", warn));
  assert(!canStore({ is: "wrong", why: "x * x + x of 1 must be 2, it gave 0" }, "a card", warn));
  const start = "engine webgpu: activations are stored in float32, not in float16: ";
  assertEquals(told, [
    start + "the card has no 16-bit floats (shader-f16); a card",
    start + "the driver offers 16-bit floats and is wrong with them (x * x + x of 1 must be 2, it gave 0); a card",
  ]);
});

const options = { engine: "webgpu", adapter: "software", activations: "float16" } as const;

/** Why they cannot be tried here; undefined if they can. */
const missing = await startEngine({ ...options, warn: () => {} }).then(
  ({ detail }) => detail.endsWith("activations in float16") ? undefined : "the software adapter has no 16-bit floats",
  (error) => {
    if (error instanceof UserError && error.cause === undefined) return messageOf(error);
    throw error;
  },
);

Deno.test({
  name: `webgpu: what layers give takes half the memory, and every op and read knows it${
    missing ? ` (skipped: ${missing})` : ""
  }`,
  ignore: missing !== undefined,
  async fn() {
    await startEngine(options);
    const backend = tf.backend() as WebgpuBackend;
    const x = tf.tidy(() => tf.mul(tf.ones([1, 16, 16, 16, 4]), 1 + 2 ** -12)) as tf.Tensor5D;
    const before = backend.memory().numBytesInGPU;
    const y = upsample3d(x, [1, 1, 1]);
    const taken = backend.memory().numBytesInGPU - before;
    assert(taken >= x.size * 2 && taken < x.size * 2 + 100, `it takes ${taken} B`); // and the program's scalars
    assertEquals([...new Set(await y.data())], [1]); // the nearest of 11 bits
    const sum = tf.tidy(() => tf.sum(tf.add(y.reshape([16, 1024]), 1))); // stock ops are given 32 bits
    assertEquals([...await sum.data()], [2 * x.size]);
    const normed = normAct(y, tf.ones([4]), tf.fill([4], 0.5), { slope: 1 }); // an own one reads 16
    assertEquals([...new Set(await normed.data())], [0.5]);
    assertEquals([...await tf.max(y).data()], [1]);
    tf.dispose([x, y, sum, normed]);
  },
});
