/**
 * What is measured: each case as data, which a process of an engine and one of PyTorch can both carry out.
 *
 * @module
 */

import { parsePretrainConfig } from "../../src/pretraining/configuration.ts";
import type { UNetConfig } from "../../src/model/config.ts";
import { windowStarts } from "../../src/segmentation/inference.ts";
import { convolutionOperations, networkOperations } from "./operations.ts";

/** A 3x3x3 convolution. */
export interface ConvolutionCase {
  readonly kind: "convolution";
  readonly metric: "forward" | "forward+backward";
  /** [batch, depth, height, width, in] */
  readonly shape: readonly number[];
  readonly channelsOut: number;
}

/** A whole step of supervised training: Dice + cross-entropy, gradients, clipping, AdamW. */
export interface TrainingCase {
  readonly kind: "training";
  readonly metric: "training step";
  readonly network: UNetConfig;
  readonly batch: number;
  /** Voxels of a patch along each axis. */
  readonly extent: number;
}

/** A whole step of contrastive pre-training, on views that have been drawn. */
export interface ContrastiveCase {
  readonly kind: "contrastive";
  readonly metric: "training step";
  readonly network: UNetConfig;
  readonly extent: number;
  readonly pretrain: ContrastiveSettings;
}

/** The settings of pre-training that the time depends on; two projections, of the bottleneck and of the finest map. */
export interface ContrastiveSettings {
  readonly decoderLevel: number;
  readonly volumes: number;
  readonly locations: number;
  /** Partitions of a volume. */
  readonly cells: number;
  readonly dimension: number;
  readonly hidden: number;
  readonly temperature: number;
  readonly negatives: number;
  /** Entries of each memory bank that came from other sites. */
  readonly remote: number;
  readonly momentum: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
}

/** Whole-volume prediction by overlapping windows. */
export interface PredictionCase {
  readonly kind: "prediction";
  readonly metric: "inference";
  readonly network: UNetConfig;
  /** Voxels of the volume along each axis. */
  readonly extent: number;
  /** Voxels of a window along each axis. */
  readonly patch: number;
  /** Where the windows start: [z, y, x] each. */
  readonly windows: readonly (readonly number[])[];
}

/** Patches for a step: sampled, rotated, scaled, augmented. PyTorch has no counterpart. */
export interface BatchCase {
  readonly kind: "batch";
  readonly metric: "sampling + augmentation";
  /** For fine-tuning (image and labels), or two views a volume for pre-training. */
  readonly of: "fine-tuning" | "pre-training";
  readonly volumes: number;
  readonly extent: number;
  /** The name of the case whose step waits for the batch. */
  readonly step: string;
}

/** One thing to time. */
export type Case = {
  readonly name: string;
  /** Floating-point operations of the convolutions in one run. */
  readonly operations?: number;
  /** Voxels that one run predicts. */
  readonly voxels?: number;
} & (ConvolutionCase | TrainingCase | ContrastiveCase | PredictionCase | BatchCase);

/** The U-Net of the benchmarks: four levels, three classes. */
export function unet(baseFilters: number): UNetConfig {
  const levels = 4;
  return {
    ...{ classes: 3, baseFilters, levels, norm: "instance" },
    pool: Array.from({ length: levels - 1 }, () => [2, 2, 2] as const),
  };
}

/** Forward, and forward with both gradients, which is three times as many operations. */
function convolution(name: string, shape: readonly number[], channelsOut: number): Case[] {
  const operations = convolutionOperations(shape, channelsOut);
  const base = { name, kind: "convolution", shape, channelsOut } as const;
  return [
    { ...base, metric: "forward", operations },
    { ...base, metric: "forward+backward", operations: 3 * operations },
  ];
}

function training(baseFilters: number, extent: number, batch: number): Case {
  const network = unet(baseFilters);
  return {
    ...{ kind: "training", metric: "training step", network, batch, extent },
    name: `U-Net, base ${baseFilters}, ${extent}^3, batch ${batch}`,
    operations: 3 * networkOperations(network, { batch, extent }),
  };
}

/** Pre-training as configured by default, but for the patch. */
export function contrastive(baseFilters: number, extent: number): Case & ContrastiveCase {
  const network = unet(baseFilters);
  const { volumes, projections, ...config } = parsePretrainConfig({});
  const [{ locations, grid }] = projections;
  const decoderLevel = config.decoderLevel ?? network.levels;
  const forward = networkOperations(network, { batch: volumes, extent, finest: decoderLevel });
  const { dimension, hidden, temperature, negatives, momentum, learningRate, weightDecay, clipNorm } = config;
  return {
    ...{ kind: "contrastive", metric: "training step", network, extent },
    name: `pre-training, base ${baseFilters}, ${extent}^3, ${volumes} volumes`,
    operations: 4 * forward, // the momentum network's forward pass; the other's forward and backward pass
    pretrain: {
      ...{ decoderLevel, volumes, locations, cells: grid[0] * grid[1] * grid[2] },
      ...{ dimension, hidden, temperature, negatives, remote: 2 * negatives },
      ...{ momentum, learningRate, weightDecay, clipNorm },
    },
  };
}

function prediction(baseFilters: number, extent: number, patch: number): Case {
  const network = unet(baseFilters);
  const starts = windowStarts(extent, patch, 0.5);
  const windows = starts.flatMap((z) => starts.flatMap((y) => starts.map((x) => [z, y, x])));
  return {
    ...{ kind: "prediction", metric: "inference", network, extent, patch, windows },
    name: `U-Net, base ${baseFilters}, ${extent}^3 in ${windows.length} windows of ${patch}^3`,
    operations: windows.length * networkOperations(network, { batch: 1, extent: patch }),
    voxels: extent ** 3,
  };
}

const [small, large] = [training(16, 64, 2), training(32, 96, 1)];
const pretraining = contrastive(16, 64);

/** Every case, in the order of the report. */
export const cases: readonly Case[] = Object.freeze([
  ...convolution("conv A [2,32,32,32,16] -> 16", [2, 32, 32, 32, 16], 16),
  ...convolution("conv B [2,16,16,16,32] -> 64", [2, 16, 16, 16, 32], 64),
  small,
  large,
  pretraining,
  prediction(16, 96, 64),
  {
    ...{ kind: "batch", metric: "sampling + augmentation", of: "fine-tuning", volumes: 2, extent: 64 },
    ...{ name: "a batch of 2 x 64^3", step: small.name },
  },
  {
    ...{ kind: "batch", metric: "sampling + augmentation", of: "pre-training", volumes: 2, extent: 64 },
    ...{ name: "two views of 2 x 64^3", step: pretraining.name },
  },
]);

/** The cases of a graphics card, what says most first; batches are made on the processor whatever computes. */
export const cardCases: readonly Case[] = Object.freeze([
  ...cases.filter(({ kind }) => kind === "convolution"),
  small,
  pretraining,
  large,
  training(32, 96, 2),
  training(32, 128, 1),
  ...cases.filter(({ kind }) => kind === "prediction"),
]);

/** The cases whose name or metric holds one of the words, which commas divide; case does not matter. */
export function chooseCases(filter: string | undefined, among: readonly Case[] = cases): Case[] {
  const words = (filter ?? "").toLowerCase().split(",").map((word) => word.trim()).filter((word) => word !== "");
  if (words.length === 0) return [...among];
  return among.filter(({ name, metric }) => {
    const text = `${name} ${metric}`.toLowerCase();
    return words.some((word) => text.includes(word));
  });
}
