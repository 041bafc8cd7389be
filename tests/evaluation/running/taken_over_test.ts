import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { Rng } from "../../../src/core/rng.ts";
import { takenOver } from "../../../src/evaluation/running/taken_over.ts";
import { loadWeights, readWeights } from "../../../src/model/weights.ts";
import { UNet } from "../../../src/model/unet.ts";
import { unetBackbone } from "../../../src/pretraining/backbone.ts";
import type { UNetConfig } from "../../../src/model/config.ts";

const NETWORK: UNetConfig = {
  classes: 2,
  baseFilters: 2,
  levels: 3,
  norm: "instance",
  pool: [[2, 2, 2], [2, 2, 2]],
};

/** Which parts of a network come from a pre-training down to a level of the decoder. */
async function partsOf(network: UNetConfig, decoderLevel: number | null, change: Partial<UNetConfig> = {}) {
  await tf.setBackend("cpu");
  const backbone = unetBackbone({ ...NETWORK, ...change }, { decoderLevel })(new Rng(1)),
    unet = new UNet(network, new Rng(2));
  const head = { name: "head0/hidden/weights", shape: [8, 8], data: new Float32Array(64) };
  const logits = { name: "decoder/logits/bias", shape: [2], data: new Float32Array(2) };
  const taken = takenOver([...await readWeights(backbone.variables), head, logits], unet.variables);
  const parts = new Set(taken.map(({ name }) => /^(encoder|decoder\/level\d)?/.exec(name)![0]));
  const fits = taken.every(({ name, shape }) => unet.variables.get(name)?.shape.join() === shape.join());
  if (fits) assertEquals(loadWeights(unet.variables, taken).length, taken.length);
  backbone.dispose();
  unet.dispose();
  return [...parts];
}

Deno.test("the encoder and the levels of the decoder that were pre-trained are taken over, heads are not", async () => {
  assertEquals(await partsOf(NETWORK, 0), ["encoder", "decoder/level1", "decoder/level0"]);
  assertEquals(await partsOf(NETWORK, 1), ["encoder", "decoder/level1"]);
  assertEquals(await partsOf(NETWORK, null), ["encoder"]);
});

Deno.test("a level of the decoder is taken over as a whole, where it fits, or not at all", async () => {
  assertEquals(await partsOf({ ...NETWORK, classes: 7 }, 0), ["encoder", "decoder/level1", "decoder/level0"]);
  const shallow = { ...NETWORK, levels: 2, pool: NETWORK.pool.slice(1) }; // it has no level 1
  assertEquals(await partsOf(shallow, 0), ["encoder", "decoder/level0"]);
  assertEquals(await partsOf(NETWORK, 0, { baseFilters: 4 }), ["encoder"]); // which loading the weights then refuses
});
