import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { describeMaps, resolveMaps, unetBackbone } from "../../src/pretraining/backbone.ts";
import { Rng } from "../../src/core/rng.ts";
import { UNet } from "../../src/model/unet.ts";
import { NETWORK } from "./_fixtures.ts";

Deno.test("the backbone is the U-Net: the same names, initial weights and features", async () => {
  await tf.setBackend("cpu");
  const unet = new UNet(NETWORK, new Rng(3)), backbone = unetBackbone(NETWORK, { decoderLevel: 0 })(new Rng(3));
  for (const [name, variable] of backbone.variables) {
    assertEquals([...variable.dataSync()], [...unet.variables.get(name)!.dataSync()], name);
  }
  const missing = [...unet.variables.keys()].filter((name) => !backbone.variables.has(name));
  assertEquals(missing, ["decoder/logits/filter", "decoder/logits/bias"]);
  const x = tf.randomNormal([1, 8, 8, 8, 1], 0, 1, "float32", 1) as tf.Tensor5D;
  const finest = backbone.features(x).at(-1)!; // [1, 8, 8, 8, 2]
  const logits = tf.add(
    tf.conv3d(finest, unet.variables.get("decoder/logits/filter") as unknown as tf.Tensor5D, 1, "same"),
    unet.variables.get("decoder/logits/bias")!,
  );
  assertEquals(logits.sub(unet.forward(x)).abs().max().dataSync()[0] < 1e-4, true);
});

Deno.test("the maps are named and described, and found by name, finest first", async () => {
  await tf.setBackend("cpu");
  const backbone = unetBackbone(NETWORK, { decoderLevel: 1 })(new Rng(3));
  const maps = describeMaps(backbone, [16, 8, 8]);
  assertEquals(maps, [
    { name: "encoder0", extent: [16, 8, 8], channels: 2 },
    { name: "encoder1", extent: [8, 4, 4], channels: 4 },
    { name: "encoder2", extent: [4, 2, 2], channels: 8 },
    { name: "decoder1", extent: [8, 4, 4], channels: 4 },
  ]);
  assertEquals(resolveMaps(["bottleneck", "finest", "encoder2", "encoder0"], maps), [0, 3, 2]);
});

Deno.test("a decoder level that does not exist leaves the encoder, whose last map is then also the finest", async () => {
  await tf.setBackend("cpu");
  for (const decoderLevel of [null, 2, 9]) {
    const backbone = unetBackbone(NETWORK, { decoderLevel })(new Rng(3));
    assertEquals([...backbone.maps], ["encoder0", "encoder1", "encoder2"]);
    assertEquals(resolveMaps(["finest"], describeMaps(backbone, [8, 8, 8])), [2]);
  }
});

Deno.test("the pyramid is the encoder's last map and the expanding path", async () => {
  await tf.setBackend("cpu");
  for (const [decoderLevel, indices] of [[0, [4, 3, 2]], [1, [3, 2]], [null, [2]]] as const) {
    const backbone = unetBackbone(NETWORK, { decoderLevel })(new Rng(3));
    assertEquals(resolveMaps(["pyramid"], describeMaps(backbone, [16, 8, 8])), [...indices]);
  }
});

Deno.test("no map is computed that lies behind the last one that is wanted", async () => {
  await tf.setBackend("cpu");
  const backbone = unetBackbone(NETWORK, { decoderLevel: 0 })(new Rng(3));
  const x = tf.randomNormal([1, 8, 8, 8, 1], 0, 1, "float32", 1) as tf.Tensor5D;
  const all = backbone.features(x).map((map) => [...map.dataSync()]);
  for (const [last, computed] of [[4, 5], [3, 4], [2, 3], [0, 3]]) { // the encoder is computed as a whole
    const maps = backbone.features(x, last).map((map) => [...map.dataSync()]);
    assertEquals(maps, all.slice(0, computed));
  }
});
