/**
 * A kept model that predicts: volumes are prepared as they were for its training, and come back on their own grids.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { Rng } from "../core/rng.ts";
import type { Axis } from "../data/augmentation/mirror.ts";
import type { CaseReference, LabelScheme } from "../data/datasets/dataset.ts";
import type { Plan } from "../data/plan.ts";
import { prepareCase } from "../data/prepare.ts";
import { UNet } from "../model/unet.ts";
import { writeWeights } from "../model/weights.ts";
import type { SegmentationDescription } from "../models/description.ts";
import type { KeptModel } from "../models/folder.ts";
import type { InferenceProgress } from "../segmentation/inference.ts";
import { type CasePrediction, predictCase } from "../segmentation/predict_case.ts";

/** What may be chosen of how a model predicts. */
export interface PredictorOptions {
  /** Mirror windows along all axes along which patches were mirrored in training. @default as the site tested it */
  mirror?: boolean;
  /**
   * Which structures keep their largest part only: those that lie in one piece in all labelled cases of the model's
   * site ("largest"), or none ("all"). @default as the site tested it
   */
  parts?: "largest" | "all";
}

/** How a model predicts, for the record. */
export interface PredictionChoice {
  /** Axes along which windows are mirrored. */
  readonly mirror: readonly Axis[];
  /** Label values of structures of which only the largest part is kept. */
  readonly singleParts: readonly number[];
}

/** What is asked of one prediction. */
export interface PredictOneOptions {
  /** Give the structures' probabilities, too. @default false */
  probabilities?: boolean;
  /** Told of each window. */
  onProgress?: (progress: InferenceProgress) => void;
  /** Ends it after the current window. */
  signal?: AbortSignal;
}

/** A model and how it is applied. */
export interface AppliedModel {
  /** What it says of itself. */
  readonly description: SegmentationDescription;
  /** How it predicts. */
  readonly choice: PredictionChoice;
  /** How volumes are prepared. */
  readonly plan: Plan;
  /** What its label values mean. */
  readonly scheme: LabelScheme;
}

/**
 * How a model is applied with what was chosen.
 *
 * @throws {UserError} if the model does not allow it.
 */
export function applyModel(description: SegmentationDescription, options: PredictorOptions = {}): AppliedModel {
  const { preparation: { orientation: _, normalisation: __, ...plan }, labels } = description;
  const named = Object.entries(labels).map(([value, name]) => [Number(value), name] as const);
  return { description, choice: choose(description, options), plan, scheme: { labels: new Map(named) } };
}

function choose({ prediction }: SegmentationDescription, options: PredictorOptions): PredictionChoice {
  const { mirror: { trained, tested }, singleParts: { values, kept } } = prediction;
  if (options.mirror && trained.length === 0) {
    throw new UserError("predicting: mirroring is of use only to a model that was trained with mirrored patches", {
      where: "prediction.mirror.trained of model.json",
      value: "none",
    });
  }
  if (options.parts === "largest" && values.length === 0) {
    throw new UserError("predicting: no structure is known to lie in one piece, so that no largest part can be kept", {
      where: "prediction.singleParts.values of model.json",
      value: "none",
    });
  }
  const isKept = options.parts === undefined ? kept : options.parts === "largest";
  return { mirror: options.mirror ? trained : tested, singleParts: isKept ? values : [] };
}

/** A model on the current engine. */
export class Predictor implements AppliedModel {
  readonly description: SegmentationDescription;
  readonly choice: PredictionChoice;
  readonly plan: Plan;
  readonly scheme: LabelScheme;
  readonly #unet: UNet;

  /**
   * Puts the weights on the engine.
   *
   * @throws {UserError} if the weights are not the network's, or the model does not allow what was chosen.
   */
  constructor({ description, vectors }: KeptModel<SegmentationDescription>, options: PredictorOptions = {}) {
    this.description = description;
    ({ choice: this.choice, plan: this.plan, scheme: this.scheme } = applyModel(description, options));
    this.#unet = new UNet(description.network, new Rng(0));
    try {
      writeWeights(this.#unet.variables, vectors);
    } catch (cause) {
      this.#unet.dispose();
      if (!(cause instanceof RangeError)) throw cause;
      throw new UserError(`reading a model: its weights must be those of its network; ${cause.message}`, { cause });
    }
  }

  /**
   * Predicts a case; a label that it has is not read.
   *
   * @throws {UserError} if a file cannot be read, or its channels are not the model's.
   */
  async predict({ label: _, ...reference }: CaseReference, options: PredictOneOptions = {}): Promise<CasePrediction> {
    const { signal } = options;
    const prepared = await prepareCase(reference, this.plan, this.scheme, { signal });
    requireChannels(prepared.channels, this.description, reference.image);
    const { description: { patch }, choice: { mirror, singleParts } } = this;
    const { labels } = this.scheme;
    return await predictCase(prepared, { ...options, segmenter: this.#unet, labels, patch, mirror, singleParts });
  }

  /** Frees the network. */
  dispose(): void {
    this.#unet.dispose();
  }
}

/** @throws {UserError} unless an image has as many channels as the model reads. */
export function requireChannels(
  found: number,
  { channels }: Pick<SegmentationDescription, "channels">,
  where: string,
): void {
  if (found === channels.length) return;
  const wanted = channels.length === 1 ? "one channel" : `${channels.length} channels (${channels.join(", ")})`;
  throw new UserError(`predicting: the model reads images of ${wanted}, so a case must have as many`, {
    where,
    value: found,
  });
}
