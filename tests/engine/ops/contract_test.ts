import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Triple } from "../../../src/core/triple.ts";
import { avgPool3d } from "../../../src/engine/ops/avg_pool3d.ts";
import { concatChannels } from "../../../src/engine/ops/concat_channels.ts";
import { conv3d } from "../../../src/engine/ops/conv3d.ts";
import { conv3dTranspose } from "../../../src/engine/ops/conv3d_transpose.ts";
import { maxPool3d, maxPool3dKernel } from "../../../src/engine/ops/max_pool3d.ts";
import { normAct } from "../../../src/engine/ops/norm_act.ts";
import { softVoxelLoss } from "../../../src/engine/ops/soft_voxel_loss.ts";
import { takeVoxels } from "../../../src/engine/ops/take_voxels.ts";
import { upsample3d } from "../../../src/engine/ops/upsample3d.ts";
import { assertClose, contract, tensorOf } from "../_contract.ts";
import * as reference from "../_reference.ts";
import type { Reference } from "../_reference.ts";

type Volume = tf.Tensor5D;

function gradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: Reference[], dy: Reference): tf.Tensor[] {
  return tf.grads(f)(inputs.map((input) => tensorOf(input)), tensorOf(dy));
}

const convolutions: [string, number[], number[], Triple][] = [
  ["one input channel", [1, 4, 5, 6, 1], [3, 3, 3, 1, 8], [1, 1, 1]],
  ["odd extents, 3 channels", [2, 5, 7, 3, 3], [3, 3, 3, 3, 5], [1, 1, 1]],
  ["two input channels, many tiles", [2, 10, 9, 13, 2], [3, 3, 3, 2, 16], [1, 1, 1]],
  ["three input channels, many tiles", [1, 12, 8, 9, 3], [3, 3, 3, 3, 16], [1, 1, 1]],
  ["8 channels", [2, 6, 6, 6, 8], [3, 3, 3, 8, 8], [1, 1, 1]],
  ["24 channels", [1, 3, 4, 5, 24], [3, 3, 3, 24, 16], [1, 1, 1]],
  ["one output channel", [1, 4, 4, 4, 8], [3, 3, 3, 8, 1], [1, 1, 1]],
  ["an extent of 1", [1, 1, 4, 2, 4], [3, 3, 3, 4, 8], [1, 1, 1]],
  ["a pointwise kernel", [2, 6, 6, 6, 16], [1, 1, 1, 16, 3], [1, 1, 1]],
  ["a pointwise kernel of 24 channels", [1, 3, 3, 3, 8], [1, 1, 1, 8, 24], [1, 1, 1]],
  ["a flat kernel", [1, 3, 6, 6, 8], [1, 3, 3, 8, 8], [1, 1, 1]],
  // the wasm engine's Winograd kernels: cut tiles, blocks and chunks of several planes, every kind of remainder
  ["tiles that are cut on two sides", [1, 5, 9, 7, 12], [3, 3, 3, 12, 20], [1, 1, 1]],
  ["one tile a plane", [2, 8, 4, 4, 8], [3, 3, 3, 8, 24], [1, 1, 1]],
  ["many planes", [2, 40, 4, 5, 4], [3, 3, 3, 4, 8], [1, 1, 1]],
  ["many planes and one input channel", [1, 40, 3, 3, 1], [3, 3, 3, 1, 3], [1, 1, 1]],
  ["more planes than a block holds", [1, 9, 16, 16, 32], [3, 3, 3, 32, 8], [1, 1, 1]],
  ["more rows than a chunk holds", [1, 34, 44, 44, 4], [3, 3, 3, 4, 8], [1, 1, 1]],
  ["a deep kernel", [1, 6, 8, 8, 8], [5, 3, 3, 8, 8], [1, 1, 1]],
  ["a kernel of even depth", [1, 5, 8, 8, 8], [4, 3, 3, 8, 8], [1, 1, 1]],
  ["strides of 2, even extents", [1, 6, 6, 6, 8], [3, 3, 3, 8, 16], [2, 2, 2]],
  ["strides of 2, odd extents", [2, 5, 7, 5, 3], [3, 3, 3, 3, 8], [2, 2, 2]],
  ["strides that differ", [1, 4, 6, 5, 8], [1, 3, 3, 8, 8], [1, 2, 2]],
  ["a pointwise kernel with strides", [1, 6, 5, 4, 8], [1, 1, 1, 8, 8], [2, 2, 2]],
  ["a kernel of 2 with strides of 2", [1, 4, 6, 4, 4], [2, 2, 2, 4, 8], [2, 2, 2]],
];

/** What a convolution and its gradients are, worked out once for all engines. */
function expectedOf(shape: readonly number[], filterShape: readonly number[], strides: Triple) {
  const x = reference.noise(shape, 1);
  const filter = reference.noise(filterShape, 2);
  const y = reference.conv3d(x, filter, strides);
  const dy = reference.noise(y.shape, 3);
  const [dx, dFilter] = reference.conv3dGradients(x, filter, strides, dy);
  return { x, filter, y, dy, dx, dFilter };
}

for (const [what, shape, filterShape, strides] of convolutions) {
  let known: ReturnType<typeof expectedOf> | undefined;
  contract(`conv3d and its gradients are right for ${what}`, async () => {
    const { x, filter, dy, ...expected } = known ??= expectedOf(shape, filterShape, strides);
    const run = (x: tf.Tensor, filter: tf.Tensor) => conv3d(x as Volume, filter as Volume, { strides });
    await assertClose(run(tensorOf(x), tensorOf(filter)), expected.y, "y");
    const [dx, dFilter] = gradients(run, [x, filter], dy);
    await assertClose(dx, expected.dx, "dx");
    await assertClose(dFilter, expected.dFilter, "dFilter");
  });
}

contract("conv3d passes NaN on", async () => {
  const x = reference.noise([1, 3, 3, 3, 8], 1);
  x.data[5] = NaN;
  const y = await conv3d(tensorOf(x), tensorOf(reference.noise([3, 3, 3, 8, 8], 2))).data();
  assert(Number.isNaN(y[0]));
  assert(!Number.isNaN(y[y.length - 1]));
});

const transposed: [string, number[], number[], Triple][] = [
  ["a kernel of 2 with strides of 2", [2, 2, 3, 2, 8], [2, 2, 2, 4, 8], [2, 2, 2]],
  ["a kernel of 3 with strides of 2", [1, 3, 2, 2, 3], [3, 3, 3, 5, 3], [2, 2, 2]],
  ["strides that differ", [2, 3, 2, 3, 8], [1, 2, 2, 8, 8], [1, 2, 2]],
  ["no strides", [1, 3, 4, 3, 4], [3, 3, 3, 8, 4], [1, 1, 1]],
  ["a pointwise kernel", [1, 3, 2, 3, 8], [1, 1, 1, 3, 8], [1, 1, 1]],
];

for (const [what, shape, filterShape, strides] of transposed) {
  contract(`conv3dTranspose and its gradients are right for ${what}`, async () => {
    const x = reference.noise(shape, 1);
    const filter = reference.noise(filterShape, 2);
    const yShape = [shape[0], ...strides.map((stride, axis) => shape[axis + 1] * stride), filterShape[3]];
    const [y] = reference.conv3dGradients(reference.zeros(yShape), filter, strides, x);
    const run = (x: tf.Tensor, filter: tf.Tensor) => conv3dTranspose(x as Volume, filter as Volume, { strides });
    await assertClose(run(tensorOf(x), tensorOf(filter)), y, "y");
    const dy = reference.noise(yShape, 3);
    const [dx, dFilter] = gradients(run, [x, filter], dy);
    await assertClose(dx, reference.conv3d(dy, filter, strides), "dx");
    await assertClose(dFilter, reference.conv3dGradients(dy, filter, strides, x)[1], "dFilter");
  });
}

const norms: [string, number[], { groups?: number; slope?: number }][] = [
  ["instance norm of 8 channels", [2, 4, 5, 6, 8], {}],
  ["instance norm of 3 channels", [2, 3, 4, 5, 3], { slope: 0.2 }],
  ["instance norm of 24 channels", [1, 3, 3, 3, 24], { slope: 0 }],
  ["group norm", [2, 3, 4, 5, 16], { groups: 4, slope: 0.01 }],
  ["group norm of groups of 3", [2, 3, 2, 5, 6], { groups: 2 }],
  ["layer norm without activation", [2, 4, 4, 4, 8], { groups: 1, slope: 1 }],
];

for (const [what, shape, options] of norms) {
  contract(`normAct and its gradients are right for ${what}`, async () => {
    const channels = shape[4];
    const { groups = channels, slope = 0.01 } = options;
    const x = reference.noise(shape, 1);
    // every channel has its own mean, far from zero against its spread
    x.data.forEach((value, i) => x.data[i] = Math.fround(value * (1 + i % channels) + 10 * (i % channels)));
    const [gamma, beta, dy] = [[channels], [channels], shape].map((shape, i) => reference.noise(shape, 2 + i));
    const settings = { groups, slope, epsilon: 1e-5 };
    const [y, ...expected] = reference.normAct(x, gamma, beta, settings, dy);
    const run = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
      normAct(x as Volume, gamma as tf.Tensor1D, beta as tf.Tensor1D, options);
    await assertClose(run(tensorOf(x), tensorOf(gamma), tensorOf(beta)), y, "y", 3e-5);
    for (const [i, gradient] of gradients(run, [x, gamma, beta], dy).entries()) {
      await assertClose(gradient, expected[i], ["dx", "dGamma", "dBeta"][i], 1e-4);
    }
  });
}

contract("normAct keeps its precision over many voxels", async () => {
  const x = reference.noise([1, 40, 40, 40, 4], 1);
  const [gamma, beta] = [{ shape: [4], data: Float64Array.of(1, 1, 1, 1) }, reference.zeros([4])];
  const settings = { groups: 4, slope: 1, epsilon: 1e-5 };
  const [y] = reference.normAct(x, gamma, beta, settings, reference.zeros(x.shape));
  await assertClose(normAct(tensorOf(x), tensorOf(gamma), tensorOf(beta), { slope: 1 }), y, "y");
});

contract("normAct passes NaN on, within its sample and channel", async () => {
  const x = reference.noise([2, 2, 2, 2, 4], 1);
  x.data[5] = NaN;
  const y = await normAct(tensorOf(x), tf.ones([4]), tf.zeros([4])).data();
  y.forEach((value, i) => assertEquals(Number.isNaN(value), i < 32 && i % 4 === 1, `value ${i}`));
});

const pools: [string, number[], Triple][] = [
  ["8 channels", [2, 4, 4, 6, 8], [2, 2, 2]],
  ["3 channels, odd extents", [1, 5, 7, 3, 3], [2, 2, 2]],
  ["a flat window", [2, 3, 4, 6, 8], [1, 2, 2]],
  ["a window of 3", [1, 6, 3, 3, 5], [3, 3, 3]],
];

for (const [what, shape, window] of pools) {
  contract(`maxPool3d and its gradient are right for ${what}, negative values too`, async () => {
    const x = reference.noise(shape, 1);
    x.data.forEach((value, i) => x.data[i] = Math.fround(value - 3));
    const [expected] = reference.maxPool3d(x, window);
    const dy = reference.noise(expected.shape, 2);
    const run = (x: tf.Tensor) => maxPool3d(x as Volume, window);
    await assertClose(run(tensorOf(x)), expected, "y", 0);
    await assertClose(gradients(run, [x], dy)[0], reference.maxPool3d(x, window, dy)[1], "dx", 1e-7);
  });
}

for (const [what, shape, window] of pools) {
  contract(`avgPool3d and its gradient are right for ${what}`, async () => {
    const x = reference.noise(shape, 1);
    const kept = [0, 1, 2].map((axis) => Math.floor(shape[axis + 1] / window[axis]));
    const dy = reference.noise([shape[0], ...kept, shape[4]], 2);
    const expected = reference.zeros(dy.shape);
    const dx = reference.zeros(shape);
    x.data.forEach((value, from) => {
      const [n, d, h, w, c] = reference.unravel(from, shape);
      const at = [d, h, w].map((place, axis) => Math.floor(place / window[axis]));
      if (at.some((place, axis) => place >= kept[axis])) return;
      const to = reference.ravel([n, ...at, c], dy.shape);
      const share = 1 / (window[0] * window[1] * window[2]);
      expected.data[to] += value * share;
      dx.data[from] = dy.data[to] * share;
    });
    const run = (x: tf.Tensor) => avgPool3d(x as Volume, window);
    await assertClose(run(tensorOf(x)), expected, "y", 1e-6);
    await assertClose(gradients(run, [x], dy)[0], dx, "dx", 1e-6);
  });
}

contract("pooling, upsampling and joining pass NaN and infinity on, to where they belong", async () => {
  const x = reference.noise([1, 2, 2, 4, 5], 1);
  [x.data[6], x.data[39]] = [NaN, Infinity]; // voxels 1 and 7 (the left and the right block), channels 1 and 4
  const volume = tensorOf<tf.Rank.R5>(x);
  const found = async (y: tf.Tensor, marks: [number, number][]) => {
    const values = await y.data();
    marks.forEach(([place, value]) => assertEquals(values[place], value, `value ${place}`));
    assertEquals(values.filter((value) => !Number.isFinite(value)).length, marks.length);
  };
  // tfjs's own kernel takes NaN for the smallest value
  if (maxPool3dKernel.isAvailable) await found(maxPool3d(volume, [2, 2, 2]), [[1, NaN], [9, Infinity]]);
  await found(avgPool3d(volume, [2, 2, 2]), [[1, NaN], [9, Infinity]]);
  await found(upsample3d(volume, [1, 1, 2]), [[11, NaN], [16, NaN], [74, Infinity], [79, Infinity]]);
  await found(concatChannels(volume, tf.zerosLike(volume)), [[11, NaN], [74, Infinity]]);
});

contract("gradients pass NaN on", async () => {
  const x = reference.noise([1, 4, 4, 4, 4], 1);
  const ops: Record<string, (x: tf.Tensor) => tf.Tensor> = {
    normAct: (x) => normAct(x as Volume, tf.ones([4]), tf.zeros([4])),
    maxPool3d: (x) => maxPool3d(x as Volume, [2, 2, 2]),
    upsample3d: (x) => upsample3d(x as Volume, [2, 2, 2]),
    concatChannels: (x) => concatChannels(x as Volume, tf.zeros([1, 4, 4, 4, 2])),
  };
  for (const [name, op] of Object.entries(ops)) {
    const { shape } = op(tensorOf(x));
    const dy = reference.noise(shape, 2);
    dy.data[1] = NaN;
    const [dx] = gradients(op, [x], dy);
    const wrong = [...await dx.data()].filter(Number.isNaN).length;
    assertEquals(wrong, name === "normAct" ? 64 : 1, name); // normAct: the channel's
  }
});

const factors: [string, number[], Triple][] = [
  ["8 channels", [2, 2, 3, 4, 8], [2, 2, 2]],
  ["3 channels, a flat factor", [1, 3, 2, 3, 3], [1, 2, 2]],
  ["a factor of 3", [2, 2, 1, 2, 5], [3, 1, 2]],
];

for (const [what, shape, factor] of factors) {
  contract(`upsample3d and its gradient are right for ${what}`, async () => {
    const x = reference.noise(shape, 1);
    const expected = reference.upsample3d(x, factor);
    const dy = reference.noise(expected.shape, 2);
    const run = (x: tf.Tensor) => upsample3d(x as Volume, factor);
    await assertClose(run(tensorOf(x)), expected, "y", 0);
    await assertClose(gradients(run, [x], dy)[0], reference.upsample3dGradient(dy, shape, factor), "dx", 1e-6);
  });
}

for (const [channelsA, channelsB] of [[8, 8], [3, 5], [1, 24]]) {
  contract(`concatChannels and its gradients are right for ${channelsA} + ${channelsB} channels`, async () => {
    const [a, b] = [channelsA, channelsB].map((channels, i) => reference.noise([2, 3, 4, 5, channels], i));
    const total = channelsA + channelsB;
    const at = (i: number) => [Math.floor(i / total), i % total];
    const joined = reference.zeros([2, 3, 4, 5, total]);
    joined.data.forEach((_, i) => {
      const [voxel, c] = at(i);
      joined.data[i] = c < channelsA ? a.data[voxel * channelsA + c] : b.data[voxel * channelsB + c - channelsA];
    });
    const run = (a: tf.Tensor, b: tf.Tensor) => concatChannels(a as Volume, b as Volume);
    await assertClose(run(tensorOf(a), tensorOf(b)), joined, "y", 0);
    const [da, db] = gradients(run, [a, b], joined);
    await assertClose(da, a, "da", 0);
    await assertClose(db, b, "db", 0);
  });
}

contract("takeVoxels takes the channels of the voxels in their order, and has a gradient there only", async () => {
  const x = reference.noise([2, 2, 3, 2, 3], 1);
  const voxels = Int32Array.of(1, 23, 4, 12);
  const taken = reference.zeros([1, 1, 1, 4, 3]),
    dy = reference.noise([1, 1, 1, 4, 3], 2),
    dx = reference.zeros(x.shape);
  voxels.forEach((voxel, row) => {
    taken.data.set(x.data.subarray(3 * voxel, 3 * voxel + 3), 3 * row);
    dx.data.set(dy.data.subarray(3 * row, 3 * row + 3), 3 * voxel);
  });
  const run = (x: tf.Tensor) => takeVoxels(x as Volume, voxels);
  await assertClose(run(tensorOf(x)), taken, "y", 0);
  await assertClose(gradients(run, [x], dy)[0], dx, "dx", 0);
});

contract("shapes that do not fit are refused with the rule and the value", () => {
  const x = tf.zeros([1, 4, 4, 4, 8]) as Volume;
  const refuse = (run: () => unknown, rule: string) => assertThrows(run, RangeError, rule);
  refuse(() => conv3d(x, tf.zeros([3, 3, 3, 4, 8])), "[depth, height, width, 8, out]");
  refuse(() => conv3d(x, tf.zeros([3, 3, 3, 8, 8]), { strides: [0, 1, 1] }), "three positive integers");
  refuse(() => conv3d(x, tf.zeros([3, 3, 3, 8, 8]), { strides: [4, 1, 1] }), "must not exceed the kernel");
  refuse(() => conv3d(tf.zeros([4, 4, 4, 8]) as never, tf.zeros([3, 3, 3, 8, 8])), "got [4,4,4,8]");
  refuse(() => conv3d(tf.zeros([1, 4, 4, 4, 8], "int32"), tf.zeros([3, 3, 3, 8, 8])), "float32");
  refuse(() => normAct(x, tf.zeros([4]), tf.zeros([8])), "8 values");
  refuse(() => normAct(x, tf.zeros([8]), tf.zeros([8]), { groups: 3 }), "groups must divide the 8 channels");
  refuse(() => maxPool3d(x, [5, 1, 1]), "must fit");
  refuse(() => avgPool3d(x, [1, 5, 1]), "must fit");
  refuse(() => conv3dTranspose(x, tf.zeros([2, 2, 2, 4, 4])), "[depth, height, width, out, 8]");
  refuse(() => conv3dTranspose(x, tf.zeros([2, 2, 2, 4, 8]), { strides: [1, 3, 1] }), "must not exceed the kernel");
  refuse(() => upsample3d(x, [1.5, 1, 1]), "three positive integers");
  refuse(() => concatChannels(x, tf.zeros([1, 4, 4, 3, 8])), "must agree");
});

contract("softVoxelLoss and its gradient are right", async () => {
  const [voxels, classes] = [2 * 3 * 4, 3], shape = [2, 3, 1, 4, classes];
  const logits = reference.noise(shape, 1), dy = { shape: [], data: Float64Array.of(2) };
  const shares = Float32Array.from(reference.noise(shape, 2).data, (value) => value ** 2 + 0.01);
  for (let voxel = 0; voxel < voxels; voxel++) {
    const own = shares.subarray(voxel * classes, (voxel + 1) * classes);
    const total = own.reduce((sum, share) => sum + share);
    own.forEach((share, c) => own[c] = share / total);
  }
  const sizes = [0, 1, 2].map((c) => shares.reduce((sum, share, i) => i % classes === c ? sum + share : sum, 0));
  const settings = { dice: 0.7, crossEntropy: 1.3, smooth: 0.1, classSizes: sizes, classWeights: [0.01, 0.03, 0.05] };
  const lossAt = (x: ArrayLike<number>) => {
    let entropy = 0;
    const distance = [0, 0, 0], extent = [0.1, 0.1, 0.1];
    for (let from = 0; from < voxels * classes; from += classes) {
      const exponentials = [0, 1, 2].map((c) => Math.exp(x[from + c]));
      const total = exponentials[0] + exponentials[1] + exponentials[2];
      exponentials.forEach((value, c) => {
        const p = value / total, y = shares[from + c];
        entropy -= settings.classWeights[c] * y * Math.log(p);
        distance[c] += Math.abs(p - y);
        extent[c] += p + y;
      });
    }
    const [, first, second] = distance.map((value, c) => 1 - value / extent[c]);
    return 0.7 * (1 - (first + second) / 2) + 1.3 * entropy;
  };
  const gradient = reference.zeros(shape), step = 1e-6;
  logits.data.forEach((value, i) => {
    const [more, less] = [logits.data.slice(), logits.data.slice()];
    [more[i], less[i]] = [value + step, value - step];
    gradient.data[i] = 2 * (lossAt(more) - lossAt(less)) / (2 * step);
  });
  const run = (x: tf.Tensor) => softVoxelLoss(x as Volume, shares, settings);
  await assertClose(run(tensorOf(logits)), { shape: [], data: Float64Array.of(lossAt(logits.data)) }, "loss");
  await assertClose(gradients(run, [logits], dy)[0], gradient, "dx", 1e-4);
});
