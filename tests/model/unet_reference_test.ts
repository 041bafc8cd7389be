import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../src/core/rng.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { UNet } from "../../src/model/unet.ts";

const config = parseUNetConfig({ classes: 2, baseFilters: 2, levels: 2, norm: "instance", pool: [[1, 2, 2]] });

/** The U-Net of two levels written out in stock ops, from the weights by their names. */
function written(unet: UNet, x: tf.Tensor5D): tf.Tensor5D {
  const weight = <T extends tf.Tensor>(name: string) => unet.variables.get(name) as unknown as T;
  const convolve = (x: tf.Tensor5D, name: string) => tf.conv3d(x, weight<tf.Tensor5D>(`${name}/filter`), 1, "same");
  const block = (x: tf.Tensor5D, name: string) => {
    const y = convolve(x, name);
    const { mean, variance } = tf.moments(y, [1, 2, 3], true);
    const normalised = tf.div(tf.sub(y, mean), tf.sqrt(tf.add(variance, 1e-5)));
    const affine = tf.add(tf.mul(normalised, weight(`${name}/gamma`)), weight(`${name}/beta`));
    return tf.leakyRelu(affine, 0.01) as tf.Tensor5D;
  };
  const blocks = (x: tf.Tensor5D, name: string) => block(block(x, `${name}/block0`), `${name}/block1`);
  const repeat = (x: tf.Tensor5D, axis: number) => {
    const shape = x.shape.map((extent, i) => (i === axis ? 2 : 1) * extent);
    return tf.reshape(tf.stack([x, x], axis + 1), shape as tf.Tensor5D["shape"]) as tf.Tensor5D;
  };
  const fine = blocks(x, "encoder/level0");
  const coarse = blocks(tf.maxPool3d(fine, [1, 2, 2], [1, 2, 2], "valid"), "encoder/level1");
  const raised = repeat(repeat(convolve(coarse, "decoder/level0/lateral"), 2), 3);
  const joined = blocks(tf.concat([fine, raised], 4), "decoder/level0");
  return tf.add(convolve(joined, "decoder/logits"), weight("decoder/logits/bias"));
}

Deno.test("the U-Net computes what its weights' names say", async () => {
  await startEngine({ engine: "cpu" });
  const unet = new UNet(config, new Rng(1));
  tf.tidy(() => {
    const names = ["decoder/logits/bias", "encoder/level0/block0/beta", "decoder/level0/block1/gamma"];
    names.forEach((name, seed) => unet.variables.get(name)!.assign(tf.randomNormal([2], 0, 1, "float32", seed)));
    const x = tf.randomNormal([2, 3, 4, 6, 1], 0, 1, "float32", 1) as tf.Tensor5D;
    const expected = written(unet, x), actual = unet.forward(x);
    assertEquals(actual.shape, expected.shape);
    const values = actual.dataSync();
    expected.dataSync().forEach((value, i) => assertAlmostEquals(values[i], value, 1e-4));
  });
  unet.dispose();
});
