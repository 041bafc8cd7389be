/** A small model of a site. */
import { NORMALISATION } from "../../src/data/normalise.ts";
import type { NamedVector } from "../../src/core/vectors.ts";
import type { SegmentationDescription } from "../../src/models/description.ts";
import type { ModelFacts } from "../../src/models/folder.ts";

type Facts = Omit<SegmentationDescription, "format" | "version" | "weights">;

/** What is said of it; `changes` replace whole parts. */
export function facts(changes: Partial<Facts> = {}): Facts {
  return {
    kind: "segmentation",
    site: "north",
    dataset: "phantoms",
    writtenAt: "2026-11-30T08:00:00.000Z",
    network: { classes: 3, baseFilters: 2, levels: 2, norm: "instance", pool: [[2, 2, 2]] },
    patch: [8, 8, 8],
    preparation: { orientation: "RAS", spacing: [8, 8, 8], normalisation: NORMALISATION },
    channels: ["image"],
    labels: { 1: "kidney", 4: "tumour" },
    training: {
      method: "pretrained",
      objective: "fcl-3d",
      rounds: 3,
      stepsPerRound: 2,
      fineTuning: { mode: "local", steps: 3 },
      cases: { training: 6, labelled: 1, test: 2 },
      members: [{
        name: "south",
        peerId: "12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtF",
        rounds: 3,
        exchanges: 5,
      }],
    },
    prediction: { mirror: { trained: ["x"], tested: [] }, singleParts: { values: [1], kept: true } },
    dice: {
      cases: 2,
      mean: 0.75,
      structures: { kidney: { mean: 0.75, cases: 2 }, tumour: { mean: null, cases: 0 } },
    },
    versions: { syncytium: "0.1.0", deno: "2.9.6", tfjs: "4.22.0" },
    ...changes,
  };
}

/** Likewise of an encoder. */
export function encoderFacts(): ModelFacts {
  const { labels: _, prediction: __, dice: ___, training, ...common } = facts();
  const { method: ____, fineTuning: _____, ...pretraining } = training;
  return { ...common, kind: "encoder", training: pretraining };
}

/** Some weights, of no network. */
export const VECTORS: readonly NamedVector[] = [
  { name: "encoder/level0/block0/filter", shape: [2], data: Float32Array.of(1, -2) },
  { name: "decoder/logits/bias", shape: [1], data: Float32Array.of(3) },
];
