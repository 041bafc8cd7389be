/**
 * The segmentation room: fine-tuning, whole-volume prediction, and the figures that judge it.
 *
 * @example
 * ```ts
 * import { Rng } from "../core/rng.ts";
 * import type { PreparedCase } from "../data/prepare.ts";
 * import { startEngine } from "../engine/mod.ts";
 * import { parseUNetConfig, UNet } from "../model/mod.ts";
 * import { fineTune, predictProbabilities } from "./mod.ts";
 *
 * await startEngine();
 * const config = parseUNetConfig({ classes: 2, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] });
 * const unet = new UNet(config, new Rng(1));
 *
 * // a bright ball on a dark ground; real cases come from prepareCase
 * const inBall = (i: number) => Math.hypot((i >> 8) - 8, (i >> 4 & 15) - 8, (i & 15) - 8) < 5;
 * const image = Float32Array.from({ length: 4096 }, (_, i) => inBall(i) ? 1 : -1);
 * const label = Uint8Array.from(image, (value) => value > 0 ? 1 : 0);
 * const ball: PreparedCase = {
 *   id: "ball",
 *   subject: "ball",
 *   shape: [16, 16, 16],
 *   spacing: [1, 1, 1],
 *   channels: 1,
 *   image,
 *   label,
 *   source: { path: "", dims: [16, 16, 16], spacing: [1, 1, 1], affine: [], orientation: "RAS", labelValues: [0, 1] },
 * };
 *
 * for await (const { step, loss } of fineTune({ unet, cases: [ball], steps: 20, patch: [16, 16, 16], rng: new Rng(2) })) {
 *   console.log(step, loss);
 * }
 * const probabilities = await predictProbabilities(unet, ball, { patch: [16, 16, 16] }); // [16, 16, 16, 2]
 * console.log(probabilities.length);
 * ```
 *
 * @module
 */
export * from "./batches.ts";
export * from "./deep_supervision.ts";
export * from "./evaluate.ts";
export * from "./fine_tune.ts";
export * from "./fine_tuner.ts";
export type { FineTunerOptions } from "./fine_tuner_options.ts";
export * from "./inference.ts";
export * from "./losses.ts";
export * from "./metrics/assd.ts";
export * from "./metrics/class_pair.ts";
export * from "./metrics/dice.ts";
export * from "./metrics/distance_transform.ts";
export * from "./metrics/hd95.ts";
export * from "./metrics/iou.ts";
export * from "./metrics/measure.ts";
export * from "./metrics/metric.ts";
export * from "./metrics/metrics.ts";
export * from "./metrics/overlap.ts";
export * from "./metrics/score.ts";
export * from "./metrics/surface.ts";
export * from "./metrics/surface_dice.ts";
export * from "./metrics/surface_distances.ts";
export * from "./metrics/volume_difference.ts";
export * from "./predict_case.ts";
export * from "./schedule.ts";
export * from "./site_fine_tuning.ts";
export * from "./unlabelled/teaching.ts";
export * from "./unlabelled/variant.ts";
export * from "./unlabelled/variants.ts";
// types of other rooms that this one speaks of
export type { Registry } from "../core/registry.ts";
export type { Rng } from "../core/rng.ts";
export type { Triple } from "../core/triple.ts";
export type { NamedVector } from "../core/vectors.ts";
export type { CaseReference, Dataset } from "../data/datasets/dataset.ts";
export type { Augmentation } from "../data/augmentation/augmentation.ts";
export type { ElasticAugmentation } from "../data/augmentation/elastic.ts";
export type { IntensityAugmentation } from "../data/augmentation/intensity.ts";
export type { Axis, Mirroring } from "../data/augmentation/mirror.ts";
export type { RandomTransformation } from "../data/augmentation/transformation.ts";
export type { GeometryAugmentation } from "../data/augmentation/geometry.ts";
export type { StoredForms } from "../data/nifti/forms.ts";
export type { Occupancy } from "../data/occupancy.ts";
export type { PreparedCase, SourceGeometry } from "../data/prepare.ts";
export type { Volume } from "../data/volume.ts";
export type { Normalisation, UNetConfig } from "../model/config.ts";
export type { UNet } from "../model/unet.ts";
export type { Pull } from "../engine/optimiser.ts";
export type { Scalar, Tensor5D, Variable } from "../engine/tensors.ts";
export type { Encoder } from "../model/encoder.ts";
export type { NamedVariables } from "../model/layers.ts";
export type { Affine } from "../data/affine.ts";
export type { Window } from "../data/crop.ts";
