/** Convolutions by blocks with halos give what the product of matrices gives, whatever the tile. */
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { messageOf, UserError } from "../../../../src/core/errors.ts";
import type { Triple } from "../../../../src/core/triple.ts";
import { startEngine } from "../../../../src/engine/engine.ts";
import { describeConvolution } from "../../../../src/engine/kernels/convolution.ts";
import type { WebgpuBackend } from "../../../../src/engine/kernels/webgpu/backend.ts";
import { convolveByHalo, convolveByProduct } from "../../../../src/engine/kernels/webgpu/conv3d.ts";
import { filterGradient } from "../../../../src/engine/kernels/webgpu/conv3d_filter_gradient.ts";
import { planFilterGradient } from "../../../../src/engine/kernels/webgpu/conv3d_filter_gradient_halo.ts";
import { chooseHalo, haloTiles, leastLimits, planHalo } from "../../../../src/engine/kernels/webgpu/halo_tiles.ts";
import { assertClose, tensorOf } from "../../_contract.ts";
import { noise } from "../../_reference.ts";

/** Why the engine cannot start here; undefined if it can. */
const missing = await startEngine({ engine: "webgpu", adapter: "software" }).then(() => undefined, (error) => {
  if (error instanceof UserError && error.cause === undefined) return messageOf(error);
  throw error;
});

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `webgpu: ${name}${missing ? ` (skipped: ${missing})` : ""}`, ignore: missing !== undefined, fn });
}

const describe = (extents: Triple, kernel: Triple, [channelsIn, channelsOut]: readonly [number, number]) =>
  describeConvolution([2, ...extents, channelsIn], [...kernel, channelsIn, channelsOut], { strides: 1, pad: "same" });

/** A tile, the kernel and the channels that it is tried with; extents of no block's multiple. */
const cases: readonly { tile: number; kernel: Triple; channels: readonly [number, number] }[] = [
  { tile: 0, kernel: [3, 3, 3], channels: [8, 12] },
  { tile: 4, kernel: [3, 1, 2], channels: [12, 4] },
  { tile: 5, kernel: [3, 3, 3], channels: [64, 8] }, // few blocks, many channels: the sum is cut into shares
];

for (const { tile, kernel, channels } of cases) {
  const named = JSON.stringify({ ...haloTiles[tile], kernel, channels });
  test(`blocks with halos give what a product gives, forward and backward: ${named}`, async () => {
    await startEngine({ engine: "webgpu", adapter: "software" });
    const backend = tf.backend() as WebgpuBackend;
    const convolution = describe([3, 5, 9], kernel, channels);
    for (const backward of [false, true]) {
      const [read, written] = backward ? channels.toReversed() : channels;
      const plan = planHalo(haloTiles[tile], kernel, [read, written], backend.workgroupLimits);
      if (!plan) throw new Error("the tile does not fit the channels");
      const shape = [2, 3, 5, 9, written];
      const source = tensorOf(noise([2, 3, 5, 9, read], 1));
      const weights = tensorOf(noise([...kernel, ...channels], 2));
      const inputs = { source, weights };
      const by = convolveByHalo(backend, inputs, convolution, { backward, shape, plan });
      const expected = convolveByProduct(backend, inputs, convolution, { backward, shape });
      const values = { shape, data: Float64Array.from((await backend.read(expected.dataId)) as Float32Array) };
      const actual = tf.engine().makeTensorFromTensorInfo(by);
      await assertClose(actual, values, backward ? "dx" : "y");
      tf.dispose([source, weights, actual]);
      backend.free(expected);
    }
  });
}

const filters: readonly { kernel: Triple; channels: readonly [number, number] }[] = [
  { kernel: [3, 3, 3], channels: [8, 12] },
  { kernel: [1, 3, 2], channels: [4, 36] },
];

for (const { kernel, channels } of filters) {
  const named = JSON.stringify({ kernel, channels });
  test(`a filter's gradient by blocks with halos is what a product gives: ${named}`, async () => {
    await startEngine({ engine: "webgpu", adapter: "software" });
    const backend = tf.backend() as WebgpuBackend;
    const extents: Triple = [5, 9, 11]; // enough for several stretches
    const convolution = describe(extents, kernel, channels);
    const byHalo = planFilterGradient(convolution);
    if (!byHalo) throw new Error("no block fits");
    const x = tensorOf(noise([2, ...extents, channels[0]], 1));
    const dy = tensorOf(noise([2, ...extents, channels[1]], 2));
    const shape = [...kernel, ...channels];
    const expected = filterGradient(backend, { x, dy }, convolution, { shape });
    const values = { shape, data: Float64Array.from((await backend.read(expected.dataId)) as Float32Array) };
    const actual = tf.engine().makeTensorFromTensorInfo(
      filterGradient(backend, { x, dy }, convolution, { shape, byHalo }),
    );
    await assertClose(actual, values, "dFilter");
    tf.dispose([x, dy, actual]);
    backend.free(expected);
  });
}

Deno.test("every tile of the table stays within what each card gives, and a small volume gets small blocks", () => {
  for (const tile of haloTiles) {
    for (const width of [8, 16, 32, 64]) {
      const plan = planHalo(tile, [3, 3, 3], [32, width]);
      if (!plan) continue;
      assert(plan.threads <= leastLimits.threads);
      const memory = 16 * (plan.quads * plan.extents[0] * plan.extents[1] * plan.extents[2] + 9 * plan.columns);
      assert(memory <= leastLimits.memory, `${JSON.stringify(plan)} takes ${memory} B`);
    }
  }
  assertEquals(chooseHalo(describe([96, 96, 96], [3, 3, 3], [32, 32]), false)?.block, [4, 8, 8]);
  assertEquals(chooseHalo(describe([4, 4, 4], [3, 3, 3], [8, 8]), false)?.block, [2, 4, 4]);
  const none = (kernel: Triple, channels: [number, number]) =>
    assertEquals(chooseHalo(describe([4, 4, 4], kernel, channels), false), undefined);
  none([1, 1, 1], [8, 8]);
  none([3, 3, 3], [1, 8]);
  none([3, 3, 3], [8, 3]);
  none([5, 5, 5], [8, 8]);
});
