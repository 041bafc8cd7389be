/**
 * What tfjs's webgpu backend does wrongly beyond rank 4 is mended: the same ops on the cpu engine are the reference.
 */
import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { startEngine } from "../../../../src/engine/engine.ts";
import { assertClose, tensorOf, variants } from "../../_contract.ts";
import { noise } from "../../_reference.ts";

const shape = [2, 3, 4, 2, 3];
const x = noise(shape, 1);
const other = noise(shape, 2);

const cases: [string, () => tf.Tensor][] = [
  ["pad", () => tf.pad(tensorOf(x), [[0, 1], [2, 0], [1, 1], [0, 0], [3, 2]], 1.5)],
  ["pad at rank 6", () => tf.pad(tensorOf(x).expandDims(2), [[0, 1], [2, 0], [1, 1], [0, 0], [3, 2], [1, 0]], -2)],
  ["pad of int32", () => tf.pad(tf.cast(tf.mul(tensorOf(x), 9), "int32"), shape.map(() => [1, 1]), -7)],
  [
    "the gradient of slice",
    () => tf.grad((x) => tf.square(tf.slice(x, [0, 1, 1, 0, 1], [2, 2, 2, 1, 2])))(tensorOf(x)),
  ],
  ["mirrorPad, reflecting", () => tf.mirrorPad(tensorOf(x), [[1, 1], [2, 1], [0, 3], [1, 0], [2, 2]], "reflect")],
  ["mirrorPad, symmetric", () => tf.mirrorPad(tensorOf(x), [[1, 2], [3, 1], [0, 4], [1, 0], [2, 2]], "symmetric")],
  ["tile", () => tf.tile(tensorOf(x), [1, 2, 3, 1, 2])],
  ["where", () => tf.where(tf.greater(tensorOf(x), tensorOf(other)), tensorOf(x), tensorOf(other))],
  ["the gradient of leakyRelu", () => tf.grad((x) => tf.leakyRelu(x, 0.1))(tensorOf(x))],
  ["reverse", () => tf.reverse(tensorOf(x), [0, 2, 4])],
  ["cumsum", () => tf.cumsum(tensorOf(x), 2)],
  ["cumsum, exclusive and reversed", () => tf.cumsum(tensorOf(x), 4, true, true)],
  ["cumprod", () => tf.cumprod(tensorOf(x), 1)],
  ["spaceToBatchND", () => tf.spaceToBatchND(tensorOf(x), [2, 2, 3], [[1, 0], [2, 0], [0, 1]])],
  [
    "batchToSpaceND",
    () => tf.batchToSpaceND(tensorOf(noise([12, 2, 3, 1, 3], 3)), [2, 3, 2], [[1, 0], [2, 3], [0, 1]]),
  ],
  ["addN of many", () => tf.addN(Array.from({ length: 100 }, (_, i) => tensorOf(noise(shape, i))))],
  ["the largest over two axes apart", () => tf.max(tensorOf(x), [1, 3])],
];

for (const { name, missing, start } of variants.filter(({ name }) => name.startsWith("webgpu"))) {
  for (const [what, run] of cases) {
    Deno.test({
      name: `${name}: ${what} is right beyond rank 4${missing ? ` (skipped: ${missing})` : ""}`,
      ignore: missing !== undefined,
      async fn() {
        await startEngine({ engine: "cpu" });
        const expected = tf.tidy(run);
        const values = Float64Array.from(await expected.data());
        expected.dispose();
        await start();
        const before = tf.memory();
        const actual = tf.tidy(run);
        assertEquals(actual.dtype, expected.dtype);
        await assertClose(actual, { shape: expected.shape, data: values }, what, 1e-6);
        actual.dispose();
        assertEquals(tf.memory().numTensors, before.numTensors, "tensors left behind");
        assertEquals(tf.memory().numDataBuffers, before.numDataBuffers, "buffers left behind");
      },
    });
  }
}
