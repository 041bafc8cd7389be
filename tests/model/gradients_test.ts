import { assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../src/core/rng.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { backpropagate, record, variableGradients } from "../../src/model/gradients.ts";
import { UNet } from "../../src/model/unet.ts";

const config = parseUNetConfig({
  classes: 3,
  baseFilters: 4,
  levels: 3,
  norm: "instance",
  pool: [[2, 2, 2], [1, 2, 2]],
});

/** A scalar of every logit, each with a weight of its own. */
function lossOf(unet: UNet): tf.Scalar {
  const rng = new Rng(2), shape = [1, 4, 8, 8, 1] as const;
  const x = tf.tensor5d(Float32Array.from({ length: 256 }, () => rng.normal()), [...shape]); // [1, 4, 8, 8, 1]
  const logits = unet.forward(x); // [1, 4, 8, 8, 3]
  return tf.mean(tf.mul(logits, tf.sin(logits))).asScalar();
}

async function valuesOf(gradients: ReadonlyMap<string, tf.Tensor>): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const [name, gradient] of gradients) values.set(name, (await gradient.data<"float32">()).slice());
  return values;
}

for (const engine of ["cpu", "wasm"] as const) {
  Deno.test(`gradients are those of tfjs, bit for bit, with and without recomputation, and nothing is left (${engine})`, async () => {
    await startEngine({ engine });
    const plain = new UNet(config, new Rng(1));
    const { value, grads } = tf.variableGrads(() => lossOf(plain), [...plain.variables.values()]);
    const expected = await valuesOf(new Map([...plain.variables].map(([name, { name: own }]) => [name, grads[own]])));
    tf.dispose(grads);
    for (const recompute of [false, true]) {
      const unet = new UNet(config, new Rng(1), { recompute });
      const before = tf.memory().numTensors;
      const result = variableGradients(() => lossOf(unet), unet.variables);
      assertEquals(tf.memory().numTensors, before + 1 + result.gradients.size);
      assertEquals(await result.value.data(), await value.data());
      assertEquals(await valuesOf(result.gradients), expected);
      tf.dispose([result.value, ...result.gradients.values()]);
      unet.dispose();
    }
    tf.dispose([value]);
    plain.dispose();
  });
}

Deno.test("parts that are computed again do so under tfjs's own gradients, too", async () => {
  await startEngine({ engine: "cpu" });
  const results = [];
  for (const recompute of [false, true]) {
    const unet = new UNet(config, new Rng(1), { recompute }), before = tf.memory().numTensors;
    const { value, grads } = tf.variableGrads(() => lossOf(unet), [...unet.variables.values()]);
    assertEquals(tf.memory().numTensors, before + 1 + unet.variables.size);
    results.push(await Promise.all([...unet.variables.values()].map(({ name }) => grads[name].data())));
    tf.dispose([value, grads]);
    unet.dispose();
  }
  assertEquals(results[1], results[0]);
});

/** The most bytes of WebAssembly memory in use at a time while `work` runs. */
function peakOf(work: () => void): number {
  const { wasm } = tf.backend() as unknown as {
    wasm: { _malloc(bytes: number): number; _free(address: number): void };
  };
  const { _malloc: allocate, _free: release } = wasm;
  const sizes = new Map<number, number>();
  let inUse = 0, peak = 0;
  wasm._malloc = (bytes) => {
    const address = allocate(bytes);
    sizes.set(address, bytes);
    peak = Math.max(peak, inUse += bytes);
    return address;
  };
  wasm._free = (address) => {
    inUse -= sizes.get(address) ?? 0;
    release(address);
  };
  try {
    work();
    return peak;
  } finally {
    Object.assign(wasm, { _malloc: allocate, _free: release });
  }
}

Deno.test("freeing on the way takes less memory than tfjs's gradients, recomputing less still (wasm)", async () => {
  await startEngine({ engine: "wasm" });
  const [plain, thrifty] = [false, true].map((recompute) => new UNet(config, new Rng(1), { recompute }));
  const x = tf.ones([1, 32, 32, 32, 1]) as tf.Tensor5D; // large beside the scratch memory of a convolution
  const loss = (unet: UNet) => tf.tidy(() => tf.mean(tf.square(unet.forward(x))).asScalar());
  const stock = peakOf(() => {
    const { value, grads } = tf.variableGrads(() => loss(plain), [...plain.variables.values()]);
    tf.dispose([value, ...Object.values(grads)]);
  });
  const [freed, recomputed] = [plain, thrifty].map((unet) =>
    peakOf(() => {
      const { value, gradients } = variableGradients(() => loss(unet), unet.variables);
      tf.dispose([value, ...gradients.values()]);
    })
  );
  assertEquals(freed < 0.55 * stock && recomputed < 0.8 * freed, true, `${stock}, ${freed}, ${recomputed} bytes`);
  plain.dispose();
  thrifty.dispose();
  x.dispose();
});

Deno.test("a variable that is used twice gets the sum, one that is not used none", async () => {
  await startEngine({ engine: "cpu" });
  const [used, unused] = [3, 4].map((value) => tf.variable(tf.scalar(value)));
  const variables = new Map([["used", used], ["unused", unused]]);
  const { value, gradients } = variableGradients(() => tf.add(tf.square(used), used).asScalar(), variables);
  assertEquals([...await value.data()], [12]);
  assertEquals(await valuesOf(gradients), new Map([["used", Float32Array.of(7)]]));
  tf.dispose([used, unused, value, ...gradients.values()]);
});

Deno.test("gradients that are the incoming one, each other, or a kept tensor are told apart before any is freed", async () => {
  await startEngine({ engine: "cpu" });
  const variables = new Map(["a", "b", "c"].map((name) => [name, tf.variable(tf.tensor1d([1, 2]))]));
  const sum = tf.customGrad((...args) => {
    const [a, b, c, save] = args as unknown as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([c]);
    return { value: tf.addN([a, b, c]), gradFunc: (dy: tf.Tensor, [c]: tf.Tensor[]) => [dy, dy, c] };
  });
  const before = tf.memory().numTensors;
  const { value, gradients } = variableGradients(
    () => tf.sum(sum(...variables.values())).asScalar(),
    variables,
  );
  const expected = { a: [1, 1], b: [1, 1], c: [1, 2] };
  for (const [name, values] of Object.entries(expected)) assertEquals([...await gradients.get(name)!.data()], values);
  tf.dispose([value, ...gradients.values()]);
  assertEquals(tf.memory().numTensors, before);
  tf.dispose([...variables.values()]);
});

Deno.test("an error on either way leaves no tensor behind, and tfjs's own gradients go on", async () => {
  await startEngine({ engine: "cpu" });
  const w = tf.variable(tf.scalar(2)), before = tf.memory().numTensors;
  const stumble = (onTheWayBack: boolean) =>
    tf.customGrad((x) => {
      if (!onTheWayBack) throw new Error("stumbled");
      return {
        value: tf.clone(x as tf.Tensor),
        gradFunc: () => {
          throw new Error("stumbled");
        },
      };
    });
  for (const onTheWayBack of [false, true]) {
    const compute = () => stumble(onTheWayBack)(tf.square(tf.exp(w))).asScalar();
    assertThrows(() => variableGradients(compute, new Map([["w", w]])), Error, "stumbled");
    assertEquals(tf.memory().numTensors, before);
  }
  assertEquals([...await tf.grad((x) => tf.square(x))(w).data()], [4]);
  w.dispose();
});

Deno.test("a value's gradient may be given, stays the caller's, and the value may be gone by then", async () => {
  await startEngine({ engine: "cpu" });
  const x = tf.tensor1d([1, 2]), dy = tf.tensor1d([10, 100]);
  const recording = record(() => tf.square(x));
  recording.value.dispose();
  const [gradient] = backpropagate(recording, [x], dy);
  assertEquals([...await gradient!.data()], [20, 400]);
  assertEquals([...await dy.data()], [10, 100]);
  tf.dispose([x, dy, gradient!]);
});
