import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../src/core/errors.ts";
import { Rng } from "../../src/core/rng.ts";
import type { NamedVector } from "../../src/core/vectors.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { parseUNetConfig } from "../../src/model/config.ts";
import { UNet } from "../../src/model/unet.ts";
import { readWeights } from "../../src/model/weights.ts";
import {
  type FineTuningSettings,
  openFineTuning,
  type OpenFineTuningOptions,
} from "../../src/segmentation/site_fine_tuning.ts";
import { ballCase } from "./_balls.ts";

const network = parseUNetConfig({ classes: 3, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] });
const frozen: FineTuningSettings = { steps: 2, encoderRate: 0 };

const options = (changes: Partial<OpenFineTuningOptions> = {}): OpenFineTuningOptions => ({
  ...{ network, cases: [ballCase("a")], patch: [8, 8, 8], settings: frozen, seed: 1, site: "a", ...changes },
});

const encoderOf = (weights: readonly NamedVector[]) => weights.filter(({ name }) => name.startsWith("encoder/"));

/** The weights before and after the whole training. */
async function trained(changes: Partial<OpenFineTuningOptions>) {
  await startEngine({ engine: "cpu" });
  const { tuner, dispose } = openFineTuning(options(changes));
  const before = await tuner.weights();
  await Array.fromAsync(tuner.round({ steps: 2 }));
  const after = await tuner.weights();
  await dispose();
  return { before, after };
}

async function otherEncoder(): Promise<NamedVector[]> {
  await startEngine({ engine: "cpu" });
  const other = new UNet(network, new Rng(99));
  const weights = encoderOf(await readWeights(other.variables));
  other.dispose();
  return weights;
}

Deno.test("sites of a seed begin with the same network, draw their own, and leave no tensor", async () => {
  const [a, again, b] = [await trained({}), await trained({}), await trained({ site: "b" })];
  assertEquals(again, a);
  assertEquals(b.before, a.before);
  assertNotEquals(b.after, a.after);
  assertNotEquals((await trained({ seed: 2 })).before, a.before);
  const { numTensors } = tf.memory();
  await trained({});
  assertEquals(tf.memory().numTensors, numTensors);
});

Deno.test("the encoder's rate and warm-up are a pre-trained encoder's; from scratch it learns as the decoder does", async () => {
  const pretrained = await otherEncoder();
  const { before, after } = await trained({ pretrained });
  assertEquals(encoderOf(before), pretrained);
  assertEquals(encoderOf(after), pretrained);
  assertNotEquals(after, before); // the decoder
  const warm = { steps: 2, warmUpSteps: 2 };
  assertEquals(encoderOf((await trained({ pretrained, settings: warm })).after), pretrained);
  const fresh = await trained({});
  assertNotEquals(encoderOf(fresh.after), encoderOf(fresh.before));
  assertEquals((await trained({ settings: warm })).after, fresh.after);
  const first = { steps: 2, decoderFirst: 0.5 };
  assertNotEquals(
    (await trained({ pretrained, settings: first })).after,
    (await trained({ pretrained, settings: { steps: 2 } })).after,
  );
  assertEquals((await trained({ settings: first })).after, fresh.after);
  assertNotEquals((await trained({ settings: { steps: 2, rateWarmUp: 0.5 } })).after, fresh.after);
});

Deno.test("levels of the decoder that are pre-trained have a rate of their own, the rest of the decoder has not", async () => {
  await startEngine({ engine: "cpu" });
  const other = new UNet(network, new Rng(99));
  const pretrained = (await readWeights(other.variables)).filter(({ name }) => !name.startsWith("decoder/logits/"));
  other.dispose();
  const settings = { steps: 2, encoderRate: 0.5 };
  const usual = await trained({ pretrained, settings });
  assertEquals(await trained({ pretrained, settings: { ...settings, decoderRate: 1 } }), usual);
  const slow = await trained({ pretrained, settings: { ...settings, decoderRate: 0 } });
  for (const [i, { name, data }] of slow.after.entries()) {
    const stays = name.startsWith("decoder/level");
    assertEquals(data.every((value, at) => value === slow.before[i].data[at]), stays, name);
    if (stays) assertNotEquals(data, usual.after[i].data, name);
  }
  const encoder = { pretrained: encoderOf(pretrained), settings };
  const withoutLevels = await trained(encoder);
  assertEquals(await trained({ ...encoder, settings: { ...settings, decoderRate: 0 } }), withoutLevels);
});

Deno.test("what is pre-trained is pulled back to what it was, and nothing else is", async () => {
  const pretrained = await otherEncoder();
  const whole = { steps: 2, pull: 1000 }; // at a rate of 1e-2, each step goes all of the way back
  const { before, after } = await trained({ pretrained, settings: whole });
  assertEquals(encoderOf(after), pretrained);
  const decoder = (weights: NamedVector[]) => weights.filter(({ name }) => name.startsWith("decoder/"));
  for (const [i, { name, data }] of decoder(after).entries()) assertNotEquals(data, decoder(before)[i].data, name);
  assertEquals((await trained({ settings: whole })).after, (await trained({ settings: { steps: 2 } })).after);
});

Deno.test("patches are changed as the set that is named says, and mirrored where it may be", async () => {
  const after = async (settings: Partial<FineTuningSettings>, labels?: ReadonlyMap<number, string>) =>
    (await trained({ settings: { steps: 2, ...settings }, labels })).after;
  const mild = await after({});
  assertEquals(await after({ augmentation: "default", mirror: [] }), mild);
  assertNotEquals(await after({ augmentation: "strong" }), mild);
  const mirrored = await after({ mirror: ["z", "y"] });
  assertNotEquals(mirrored, mild);
  assertEquals(await after({ mirror: "auto" }, new Map([[1, "left ball"]])), mirrored);
  assertEquals(await after({ mirror: "auto" }), mild); // no names
  const settings = { steps: 2, augmentation: "fog" };
  assertThrows(
    () => openFineTuning(options({ settings })),
    UserError,
    "it must be one of default, nnunet, strong (fog)",
  );
});

Deno.test("many labelled cases are changed mildly and few strongly, where that is left to their number", async () => {
  const cases = (count: number) => Array.from({ length: count }, (_, i) => ballCase(`${i}`));
  const after = async (augmentation: string, count: number, together: boolean) =>
    (await trained({ settings: { steps: 2, augmentation }, cases: cases(count), together })).after;
  const mild = await after("default", 4, true);
  assertEquals(await after("auto", 4, true), mild);
  assertEquals(await after("strong", 4, false), await after("auto", 4, false));
  assertNotEquals(await after("auto", 4, false), mild);
});

Deno.test("with deep supervision the coarser levels' logits are trained and are among the weights that sites average", async () => {
  const deep = { ...network, levels: 3, pool: [[2, 2, 2], [2, 2, 2]] } as const;
  const { before, after } = await trained({ network: deep, settings: { steps: 2, deepSupervision: true } });
  const coarser = (weights: NamedVector[]) => weights.filter(({ name }) => name.startsWith("decoder/level1/logits/"));
  assertEquals(coarser(after).map(({ name }) => name), ["decoder/level1/logits/filter", "decoder/level1/logits/bias"]);
  assertNotEquals(coarser(after), coarser(before));
  const plain = await trained({ network: deep, settings: { steps: 2 } });
  assertEquals(plain.before, before.filter((vector) => !coarser(before).includes(vector)));
  assertEquals(coarser(plain.after), []);
});

Deno.test("shares of classes are learnt where a case has them and it is wished", async () => {
  const { label, ...others } = ballCase("a");
  const shares = new Uint8Array(3 * label!.length);
  label!.forEach((value, voxel) => shares[value * label!.length + voxel] = 255);
  const after = async (softLabels: boolean, cases: OpenFineTuningOptions["cases"]) =>
    (await trained({ cases, settings: { steps: 2, softLabels } })).after;
  const hard = await after(false, [ballCase("a")]);
  const cases = [{ ...others, label, occupancy: { shares, classes: 3 } }];
  assertEquals(await after(false, cases), hard);
  assertEquals(await after(true, [ballCase("a")]), hard); // none are there
  assertNotEquals(await after(true, cases), hard);
});

Deno.test("what cannot be opened leaves no tensor", async () => {
  await startEngine({ engine: "cpu" });
  const { numTensors } = tf.memory();
  assertThrows(() => openFineTuning(options({ cases: [] })), UserError, "at least one labelled case");
  assertEquals(tf.memory().numTensors, numTensors);
});
