/** Small volumes and settings for the tests of pre-training. */
import * as tf from "@tensorflow/tfjs";
import { unetBackbone } from "../../src/pretraining/backbone.ts";
import { parsePretrainConfig } from "../../src/pretraining/configuration.ts";
import type { PretrainConfig } from "../../src/pretraining/pretrain_config.ts";
import {
  Pretrainer,
  type RoundOptions,
  type RoundResult,
  type StepProgress,
} from "../../src/pretraining/pretrainer.ts";
import type { PretrainerOptions } from "../../src/pretraining/pretrainer_options.ts";
import { Rng } from "../../src/core/rng.ts";
import { startEngine } from "../../src/engine/engine.ts";
import { viewsFrom } from "../../src/pretraining/views.ts";
import type { ViewBatch } from "../../src/pretraining/objectives/objective.ts";
import type { PreparedCase } from "../../src/data/prepare.ts";
import type { UNetConfig } from "../../src/model/config.ts";
import type { RecomputeOptions } from "../../src/model/recompute.ts";

export const NETWORK: UNetConfig = {
  classes: 2,
  baseFilters: 2,
  levels: 3,
  norm: "instance",
  pool: [[2, 2, 2], [2, 2, 2]],
};

/** Settings for which a step takes milliseconds. */
export function smallConfig(changes: Record<string, unknown> = {}): PretrainConfig {
  return parsePretrainConfig({
    patch: [8, 8, 8],
    volumes: 2,
    decoderLevel: null,
    projections: [{ grid: [2, 2, 2], locations: 6 }],
    dimension: 8,
    hidden: 8,
    negatives: 16,
    queue: 32,
    release: 8,
    ...changes,
  });
}

/** A volume whose intensities follow the position, with noise of its own: place can be learnt from it. */
export function syntheticCase(index: number, extent = 12): PreparedCase {
  const rng = new Rng(index);
  const image = new Float32Array(extent ** 3);
  for (let z = 0, i = 0; z < extent; z++) {
    for (let y = 0; y < extent; y++) {
      for (let x = 0; x < extent; x++, i++) {
        image[i] = Math.sin(9 * z / extent) + Math.cos(7 * (y + x) / extent) + 0.2 * rng.normal();
      }
    }
  }
  return {
    id: `case ${index}`,
    subject: `subject ${index}`,
    shape: [extent, extent, extent],
    spacing: [1, 1, 1],
    channels: 1,
    image,
    source: {
      path: "",
      dims: [extent, extent, extent],
      spacing: [1, 1, 1],
      affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
      orientation: "RAS",
      labelValues: [0],
    },
  };
}

/** The views of each case as an objective takes them. */
export function viewBatch(cases: readonly PreparedCase[], config: PretrainConfig, seed: number): ViewBatch {
  const { images, places } = viewsFrom({ cases, config })({ cases: cases.map((_, index) => index), seed });
  const [{ channels }] = cases;
  return { images: images.map((view) => tf.tensor5d(view, [cases.length, ...config.patch, channels])), places };
}

let wasm: Promise<unknown> | undefined;

/** Makes `engine` the one that computes. The start of wasm, which proves and measures it, is for its first use only. */
export async function computeOn(engine: "cpu" | "wasm"): Promise<void> {
  if (engine === "wasm") await (wasm ??= startEngine({ engine, threads: 1 }));
  await tf.setBackend(engine);
}

/** A pretrainer on the wasm engine, which is several times as fast as the reference. */
export async function smallPretrainer(
  config: PretrainConfig = smallConfig(),
  cases: readonly PreparedCase[] = [syntheticCase(1), syntheticCase(2), syntheticCase(3)],
  { recompute, ...options }: Pick<PretrainerOptions, "ahead" | "patience"> & RecomputeOptions = {},
): Promise<Pretrainer> {
  await computeOn("wasm");
  return await Pretrainer.open({
    config,
    createBackbone: unetBackbone(NETWORK, { ...config, recompute }),
    cases,
    rng: new Rng(5),
    modelRng: new Rng(7),
    ...options,
  });
}

/** Runs a round to its end. */
export async function runRound(
  pretrainer: Pretrainer,
  options: RoundOptions,
  seen: (progress: StepProgress) => void = () => {},
): Promise<RoundResult> {
  const round = pretrainer.round(options);
  let next = await round.next();
  for (; !next.done; next = await round.next()) seen(next.value);
  return next.value;
}
