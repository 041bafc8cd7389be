/** Small networks whose every weight counts, and what they make of a patch. */
import * as tf from "@tensorflow/tfjs";
import type { NamedVector } from "../../src/core/vectors.ts";
import { Rng } from "../../src/core/rng.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { parseUNetConfig, type UNetConfig } from "../../src/model/config.ts";
import { UNet } from "../../src/model/unet.ts";
import { readWeights, writeWeights } from "../../src/model/weights.ts";
import { type KeptModel, readSegmentationModel, writeModel } from "../../src/models/folder.ts";
import type { SegmentationDescription } from "../../src/models/description.ts";
import { facts } from "../models/_model.ts";

/** Voxels of a patch, z, y, x: no axis as long as another. */
export const SHAPE = [8, 16, 12] as const;

/** Two channels, three levels of unlike reductions. */
export const NETWORK = { classes: 3, baseFilters: 4, levels: 3, channels: 2, pool: [[2, 2, 2], [1, 2, 3]] } as const;

/** A model in `folder`, a random patch, [channel, z, y, x], and its logits, [class, z, y, x]. */
export interface Example {
  readonly model: KeptModel<SegmentationDescription>;
  readonly patch: Float32Array;
  readonly logits: Float32Array;
}

/** Keeps a model with random weights in `folder`; `changes` replace whole parts of what is said of it. */
export async function makeExample(
  folder: string,
  norm: UNetConfig["norm"],
  changes: Parameters<typeof facts>[0] = {},
): Promise<Example> {
  await startEngine({ engine: "wasm" });
  const network = parseUNetConfig({ ...NETWORK, norm });
  const rng = new Rng(7);
  const unet = new UNet(network, rng);
  try {
    const vectors = (await readWeights(unet.variables)).map((vector) => ({ ...vector, data: moved(vector, rng) }));
    writeWeights(unet.variables, vectors);
    await writeModel(folder, facts({ network, channels: ["T1", "T2"], patch: [...SHAPE], ...changes }), vectors);
    const values = Float32Array.from({ length: 2 * SHAPE[0] * SHAPE[1] * SHAPE[2] }, () => rng.normal());
    const logits = tf.tidy(() => {
      const channelsLast = tf.transpose(tf.tensor5d(values.slice(), [1, 2, ...SHAPE]), [0, 2, 3, 4, 1]) as tf.Tensor5D;
      return tf.transpose(unet.forward(channelsLast), [0, 4, 1, 2, 3]);
    });
    const expected = Float32Array.from(await logits.data<"float32">());
    logits.dispose();
    return { model: await readSegmentationModel(folder), patch: values, logits: expected };
  } finally {
    unet.dispose();
  }
}

/** Scales and shifts begin alike, so that what is swapped among them would not be seen. */
function moved({ shape, data }: NamedVector, rng: Rng): Float32Array {
  return shape.length === 1 ? data.map((value) => value + 0.3 * rng.normal()) : data;
}

/** The greatest difference of two lists of values. */
export function greatestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((greatest, value, i) => Math.max(greatest, Math.abs(value - b[i])), 0);
}
