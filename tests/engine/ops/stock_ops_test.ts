import { assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { assertClose, contract, tensorOf } from "../_contract.ts";
import { noise, numericGradient, ravel, type Reference, sizeOf, unravel, zeros } from "../_reference.ts";

/** An op of tfjs that the training path uses, and the same in float64. */
interface Case {
  name: string;
  inputs: Reference[];
  run(...inputs: tf.Tensor[]): tf.Tensor;
  expect(...inputs: Reference[]): Reference;
}

const positive = (x: Reference): Reference => ({ shape: x.shape, data: x.data.map((v) => Math.fround(1.5 + v)) });
const map = (x: Reference, f: (value: number, index: number) => number): Reference => ({
  shape: x.shape,
  data: x.data.map(f),
});

/** Folds `axes` away. */
function reduce(x: Reference, axes: number[], kind: "sum" | "mean" | "max", keepDims = false): Reference {
  const kept = x.shape.map((extent, axis) => axes.includes(axis) ? 1 : extent);
  const result = zeros(kept);
  if (kind === "max") result.data.fill(-Infinity);
  x.data.forEach((value, i) => {
    const to = ravel(unravel(i, x.shape).map((at, axis) => axes.includes(axis) ? 0 : at), kept);
    result.data[to] = kind === "max" ? Math.max(result.data[to], value) : result.data[to] + value;
  });
  const count = kind === "mean" ? x.data.length / result.data.length : 1;
  return {
    shape: keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis)),
    data: result.data.map((value) => value / count),
  };
}

function matMul(a: Reference, b: Reference): Reference {
  const [rows, inner, columns] = [a.shape[0], a.shape[1], b.shape[1]];
  return map(zeros([rows, columns]), (_, i) => {
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += a.data[Math.floor(i / columns) * inner + k] * b.data[k * columns + i % columns];
    }
    return sum;
  });
}

function transpose(x: Reference, order: number[]): Reference {
  const y = zeros(order.map((axis) => x.shape[axis]));
  return map(y, (_, i) => {
    const at = unravel(i, y.shape);
    return x.data[ravel(x.shape.map((_, axis) => at[order.indexOf(axis)]), x.shape)];
  });
}

/** The box of `size` from `begin` on. */
function cut(x: Reference, begin: number[], size: number[]): Reference {
  return map(zeros(size), (_, i) => x.data[ravel(unravel(i, size).map((at, axis) => at + begin[axis]), x.shape)]);
}

function logSoftmax(x: Reference): Reference {
  const width = x.shape[x.shape.length - 1];
  return map(x, (value, i) => {
    const row = x.data.subarray(i - i % width, i - i % width + width);
    return value - Math.log(row.reduce((sum, other) => sum + Math.exp(other), 0));
  });
}

const five = noise([2, 3, 4, 5, 3], 1);
const wide = noise([2, 2, 3, 2, 8], 2);
const [left, right] = [noise([5, 7], 3), noise([7, 4], 4)];

const cases: Case[] = [
  { name: "matMul", inputs: [left, right], run: (a, b) => tf.matMul(a, b), expect: matMul },
  {
    name: "matMul of a transposed operand",
    inputs: [left, noise([4, 7], 5)],
    run: (a, b) => tf.matMul(a, b, false, true),
    expect: (a, b) => matMul(a, transpose(b, [1, 0])),
  },
  { name: "logSoftmax", inputs: [left], run: (x) => tf.logSoftmax(x), expect: logSoftmax },
  { name: "softmax", inputs: [five], run: (x) => tf.softmax(x), expect: (x) => map(logSoftmax(x), Math.exp) },
  ...[[4], [1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3, 4], [0, 2], [1]].flatMap((axes) =>
    (["sum", "mean"] as const).flatMap((kind) => [
      {
        name: `${kind} over axes ${axes}`,
        inputs: [five],
        run: (x: tf.Tensor) => tf[kind](x, axes),
        expect: (x: Reference) => reduce(x, axes, kind),
      },
      {
        name: `${kind} over axes ${axes} of 8 channels, kept`,
        inputs: [wide],
        run: (x: tf.Tensor) => tf[kind](x, axes, true),
        expect: (x: Reference) => reduce(x, axes, kind, true),
      },
    ])
  ),
  {
    name: "max over the last axis",
    inputs: [five],
    run: (x) => tf.max(x, 4),
    expect: (x) => reduce(x, [4], "max"),
  },
  {
    name: "max over the volume",
    inputs: [five],
    run: (x) => tf.max(x, [1, 2, 3]),
    expect: (x) => reduce(x, [1, 2, 3], "max"),
  },
  {
    name: "slice",
    inputs: [left],
    run: (x) => tf.slice(x, [1, 2], [3, 4]),
    expect: (x) => map(zeros([3, 4]), (_, i) => x.data[(1 + Math.floor(i / 4)) * 7 + 2 + i % 4]),
  },
  {
    name: "slice of the first axis at rank 5",
    inputs: [five],
    run: (x) => tf.slice(x, [1, 0, 0, 0, 0], [1, 3, 4, 5, 3]),
    expect: (x) => ({ shape: [1, 3, 4, 5, 3], data: x.data.slice(x.data.length / 2) }),
  },
  {
    name: "matMul of a transposed matrix",
    inputs: [left, noise([5, 9], 21)],
    run: (a, b) => tf.matMul(a, b, true),
    expect: (a, b) => matMul(transpose(a, [1, 0]), b),
  },
  {
    name: "matMul of two transposed matrices",
    inputs: [left, noise([9, 5], 22)],
    run: (a, b) => tf.matMul(a, b, true, true),
    expect: (a, b) => matMul(transpose(a, [1, 0]), transpose(b, [1, 0])),
  },
  {
    name: "matMul of a stack of matrices",
    inputs: [noise([2, 3, 4], 23), noise([2, 4, 5], 24)],
    run: (a, b) => tf.matMul(a, b),
    expect: (a, b) => {
      const part = (x: Reference, n: number): Reference => {
        const size = x.shape[1] * x.shape[2];
        return { shape: x.shape.slice(1), data: x.data.slice(n * size, (n + 1) * size) };
      };
      const products = [0, 1].map((n) => matMul(part(a, n), part(b, n)).data);
      return { shape: [2, 3, 5], data: Float64Array.from(products.flatMap((product) => [...product])) };
    },
  },
  {
    name: "slice out of the middle at rank 5",
    inputs: [five],
    run: (x) => tf.slice(x, [1, 1, 0, 2, 1], [1, 2, 4, 3, 2]),
    expect: (x) => cut(x, [1, 1, 0, 2, 1], [1, 2, 4, 3, 2]),
  },
  {
    name: "slice of the last axis at rank 5",
    inputs: [five],
    run: (x) => tf.slice(x, [0, 0, 0, 0, 1], [2, 3, 4, 5, -1]),
    expect: (x) => cut(x, [0, 0, 0, 0, 1], [2, 3, 4, 5, 2]),
  },
  {
    name: "pad at rank 5",
    inputs: [noise([2, 2, 3, 2, 3], 15)],
    run: (x) => tf.pad(x, [[0, 0], [1, 2], [0, 1], [2, 0], [1, 1]]),
    expect: (x) => {
      const y = zeros([2, 5, 4, 4, 5]);
      x.data.forEach((value, i) => {
        const [n, d, h, w, c] = unravel(i, x.shape);
        y.data[ravel([n, d + 1, h, w + 2, c + 1], y.shape)] = value;
      });
      return y;
    },
  },
  {
    name: "pad of rows",
    inputs: [left],
    run: (x) => tf.pad(x, [[1, 0], [0, 0]]),
    expect: (x) => ({ shape: [6, 7], data: Float64Array.from([...new Array(7).fill(0), ...x.data]) }),
  },
  {
    name: "add at rank 5",
    inputs: [five, noise([2, 3, 4, 5, 3], 16)],
    run: (a, b) => tf.add(a, b),
    expect: (a, b) => map(a, (v, i) => v + b.data[i]),
  },
  {
    name: "add of a scalar",
    inputs: [five, noise([1], 17)],
    run: (a, b) => tf.add(a, b),
    expect: (a, b) => map(a, (v) => v + b.data[0]),
  },
  {
    name: "add of a column",
    inputs: [left, noise([5, 1], 18)],
    run: (a, b) => tf.add(a, b),
    expect: (a, b) => map(a, (v, i) => v + b.data[Math.floor(i / 7)]),
  },
  {
    name: "add of a row to a column",
    inputs: [noise([5, 1], 25), noise([3], 26)],
    run: (a, b) => tf.add(a, b),
    expect: (a, b) => map(zeros([5, 3]), (_, i) => a.data[Math.floor(i / 3)] + b.data[i % 3]),
  },
  { name: "reshape", inputs: [five], run: (x) => tf.reshape(x, [-1, 3]), expect: (x) => ({ ...x, shape: [120, 3] }) },
  { name: "transpose", inputs: [left], run: (x) => tf.transpose(x), expect: (x) => transpose(x, [1, 0]) },
  {
    name: "transpose at rank 3",
    inputs: [noise([2, 3, 4], 6)],
    run: (x) => tf.transpose(x, [2, 0, 1]),
    expect: (x) => transpose(x, [2, 0, 1]),
  },
  { name: "exp", inputs: [left], run: (x) => tf.exp(x), expect: (x) => map(x, Math.exp) },
  { name: "log", inputs: [positive(left)], run: (x) => tf.log(x), expect: (x) => map(x, Math.log) },
  { name: "sqrt", inputs: [positive(left)], run: (x) => tf.sqrt(x), expect: (x) => map(x, Math.sqrt) },
  { name: "square", inputs: [left], run: (x) => tf.square(x), expect: (x) => map(x, (v) => v * v) },
  { name: "sigmoid", inputs: [left], run: (x) => tf.sigmoid(x), expect: (x) => map(x, (v) => 1 / (1 + Math.exp(-v))) },
  {
    name: "softplus",
    inputs: [left],
    run: (x) => tf.softplus(x),
    expect: (x) => map(x, (v) => Math.log1p(Math.exp(v))),
  },
  { name: "relu", inputs: [left], run: (x) => tf.relu(x), expect: (x) => map(x, (v) => Math.max(0, v)) },
  {
    name: "leakyRelu",
    inputs: [left],
    run: (x) => tf.leakyRelu(x, 0.1),
    expect: (x) => map(x, (v) => v > 0 ? v : 0.1 * v),
  },
  {
    name: "add of a bias at rank 5",
    inputs: [five, noise([3], 7)],
    run: (x, bias) => tf.add(x, bias),
    expect: (x, bias) => map(x, (v, i) => v + bias.data[i % 3]),
  },
  {
    name: "mul of a mask at rank 5",
    inputs: [five, noise([2, 3, 4, 5, 1], 8)],
    run: (x, mask) => tf.mul(x, mask),
    expect: (x, mask) => map(x, (v, i) => v * mask.data[Math.floor(i / 3)]),
  },
  {
    name: "div",
    inputs: [left, positive(noise([5, 7], 9))],
    run: (a, b) => tf.div(a, b),
    expect: (a, b) => map(a, (v, i) => v / b.data[i]),
  },
  {
    name: "gather of repeated rows",
    inputs: [left],
    run: (x) => tf.gather(x, tf.tensor1d([4, 0, 4], "int32")),
    expect: (x) => map(zeros([3, 7]), (_, i) => x.data[[4, 0, 4][Math.floor(i / 7)] * 7 + i % 7]),
  },
  {
    name: "concat of rows",
    inputs: [left, noise([2, 7], 10)],
    run: (a, b) => tf.concat([a, b], 0),
    expect: (a, b) => ({ shape: [7, 7], data: Float64Array.from([...a.data, ...b.data]) }),
  },
  {
    name: "concat of columns",
    inputs: [left, noise([5, 2], 11)],
    run: (a, b) => tf.concat([a, b], 1),
    expect: (a, b) =>
      map(
        zeros([5, 9]),
        (_, i) => i % 9 < 7 ? a.data[Math.floor(i / 9) * 7 + i % 9] : b.data[Math.floor(i / 9) * 2 + i % 9 - 7],
      ),
  },
  {
    name: "addN",
    inputs: [left, noise([5, 7], 12)],
    run: (a, b) => tf.addN([a, b, a]),
    expect: (a, b) => map(a, (v, i) => 2 * v + b.data[i]),
  },
  {
    name: "stack",
    inputs: [left, noise([5, 7], 13)],
    run: (a, b) => tf.stack([a, b]),
    expect: (a, b) => ({ shape: [2, 5, 7], data: Float64Array.from([...a.data, ...b.data]) }),
  },
  {
    name: "L2 normalisation of rows",
    inputs: [left],
    run: (x) => tf.div(x, tf.sqrt(tf.add(tf.sum(tf.square(x), 1, true), 1e-12))),
    expect: (x) => {
      const squares = reduce(map(x, (v) => v * v), [1], "sum");
      return map(x, (v, i) => v / Math.sqrt(squares.data[Math.floor(i / 7)] + 1e-12));
    },
  },
  {
    name: "batch normalisation of rows",
    inputs: [left],
    run: (x) => {
      const centred = tf.sub(x, tf.mean(x, 0, true));
      return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), 0, true), 1e-5)));
    },
    expect: (x) => {
      const mean = reduce(x, [0], "mean");
      const variance = reduce(map(x, (v, i) => (v - mean.data[i % 7]) ** 2), [0], "mean");
      return map(x, (v, i) => (v - mean.data[i % 7]) / Math.sqrt(variance.data[i % 7] + 1e-5));
    },
  },
];

for (const { name, inputs, run, expect } of cases) {
  contract(`${name} and its gradients are right`, async () => {
    const expected = expect(...inputs);
    const dy = noise(expected.shape, 99);
    await assertClose(run(...inputs.map((input) => tensorOf(input))), expected, "y");
    const gradients = tf.grads(run)(inputs.map((input) => tensorOf(input)), tensorOf(dy));
    for (const [place, gradient] of gradients.entries()) {
      const of = (data: Float64Array) =>
        expect(...inputs.map((input, i) => i === place ? { shape: input.shape, data } : input)).data;
      const { shape, data } = inputs[place];
      await assertClose(gradient, { shape, data: numericGradient(of, data, dy.data) }, `gradient ${place}`, 3e-5);
    }
  });
}

contract("oneHot, argMax and scatterND place what they should", async () => {
  const hot = tf.oneHot(tf.tensor1d([2, 0, 1], "int32"), 3);
  assertEquals([...await hot.data()], [0, 0, 1, 1, 0, 0, 0, 1, 0]);
  assertEquals([...await tf.argMax(hot, 1).data()], [2, 0, 1]);
  const rows = tf.scatterND(tf.tensor2d([[1], [1]], [2, 1], "int32"), tf.ones([2, 3]), [2, 3]);
  assertEquals([...await rows.data()], [0, 0, 0, 2, 2, 2]);
});

contract("a clone keeps its values when the variable that it came from is assigned", async () => {
  const variable = tf.variable(tf.ones([4]), false);
  const clone = tf.clone(variable);
  variable.assign(tf.zeros([4]));
  assertEquals([...await clone.data()], [1, 1, 1, 1]);
  assertEquals([...await variable.data()], [0, 0, 0, 0]);
  variable.dispose();
});

contract("sums of many values keep their precision", async () => {
  const x = noise([65536, 3], 1);
  x.data.forEach((value, i) => x.data[i] = Math.fround(value + 1));
  await assertClose(tf.sum(tensorOf(x)), reduce(x, [0, 1], "sum"), "all", 1e-6);
  await assertClose(tf.sum(tensorOf(x), 0), reduce(x, [0], "sum"), "first axis", 1e-6);
  assertEquals(sizeOf(x.shape), 196608);
});

contract("integers are added, cut and padded as integers", async () => {
  const x = tf.tensor([1, 2, 3, 2 ** 30 + 1], [2, 2], "int32");
  const results = [tf.add(x, x), tf.slice(x, [1, 0], [1, 2]), tf.pad(x, [[0, 0], [1, 0]], 7)];
  for (const y of results) assertEquals(y.dtype, "int32");
  assertEquals(await Promise.all(results.map(async (y) => [...await y.data()])), [
    [2, 4, 6, -(2 ** 31) + 2],
    [3, 2 ** 30 + 1],
    [7, 1, 2, 7, 3, 2 ** 30 + 1],
  ]);
});

contract("a slice beyond the tensor is refused", () => {
  assertThrows(() => tf.slice(tf.zeros([2, 3, 4, 5, 3]), [1, 0, 0, 0, 0], [2, 3, 4, 5, 3]));
});

contract("matrices that do not fit are refused", () => {
  assertThrows(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([4, 5])));
});
