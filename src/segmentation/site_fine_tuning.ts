/**
 * A site's fine-tuning, from a pre-trained network or, with the same budget, from scratch: the network made, the
 * weights loaded, the encoder's rate set. Peers and evaluations open it here, so that the same seed and site come to
 * the same network in both.
 *
 * @example
 * ```ts
 * import { openDataset, prepareCase, writePhantomCohort } from "../data/mod.ts";
 * import { startEngine } from "../engine/mod.ts";
 * import { openFineTuning } from "./site_fine_tuning.ts";
 *
 * await startEngine({ engine: "wasm" });
 * const directory = await Deno.makeTempDir();
 * await writePhantomCohort(directory, { sites: 1, casesPerSite: 1 });
 * const dataset = await openDataset(directory);
 * const labelled = [await prepareCase(dataset.cases[0], { spacing: [8, 8, 8] }, dataset)];
 * await Deno.remove(directory, { recursive: true });
 *
 * const network = { classes: 4, baseFilters: 4, levels: 2, norm: "instance", pool: [[2, 2, 2]] } as const;
 * const settings = { steps: 2 };
 * const site = { cases: labelled, patch: [8, 8, 8] as const, seed: 1, site: "north" };
 * const { tuner, dispose } = openFineTuning({ ...site, network, settings }); // from scratch: nothing is pre-trained
 * for await (const { step, loss } of tuner.round(settings)) console.log(step, loss);
 * await dispose();
 * ```
 *
 * @module
 */
import { Rng } from "../core/rng.ts";
import type { NamedVector } from "../core/vectors.ts";
import type { Augmentation } from "../data/augmentation/augmentation.ts";
import { flipProbabilities, mirrorAxes, type Mirroring } from "../data/augmentation/mirror.ts";
import { suitedAugmentation } from "../data/augmentation/sets/suited.ts";
import type { UNetConfig } from "../model/config.ts";
import { UNet } from "../model/unet.ts";
import { loadWeights } from "../model/weights.ts";
import { FineTuner } from "./fine_tuner.ts";
import type { FineTunerOptions } from "./fine_tuner_options.ts";
import type { Teaching } from "./unlabelled/teaching.ts";

/** What is chosen for a whole run; what holds the encoder back counts where it is pre-trained. */
export interface FineTuningSettings
  extends
    Pick<FineTunerOptions, "steps" | "batch" | "learningRate" | "schedule" | "rateWarmUp">,
    Pick<FineTunerOptions, "encoderRate" | "warmUpSteps" | "decoderFirst" | "levelDecay" | "decoderRate">,
    Pick<FineTunerOptions, "average" | "tested">,
    Pick<FineTunerOptions, "oversampling" | "softLabels"> {
  /** How far the cross-entropy favours rare classes, from 0 to 1. @default 0 */
  balance?: number;
  /** Whether coarser levels of the network learn from the labels, too. @default false */
  deepSupervision?: boolean;
  /** How strongly what is pre-trained is pulled back to what it was, see `Pull`. @default 0 */
  pull?: number;
  /** How unlabelled cases are learnt from, where there are any; null: not at all. @default null */
  unlabelled?: Teaching | null;
  /** The set of augmentations; "auto": the one that suits the site's labelled cases. @default "default" */
  augmentation?: string;
  /** Axes along which patches are mirrored. @default [] */
  mirror?: Mirroring;
}

/** Options of {@linkcode openFineTuning}. */
export interface OpenFineTuningOptions
  extends Pick<FineTunerOptions, "cases" | "unlabelled" | "patch" | "ahead" | "patience"> {
  /** The labels' names by value, which decide on mirroring where the settings leave it to them. @default none */
  labels?: ReadonlyMap<number, string>;
  /** The network that is fine-tuned. */
  network: UNetConfig;
  /** What the network begins with, the encoder at least; absent: from scratch. */
  pretrained?: readonly NamedVector[];
  /** The same at all sites. */
  settings: FineTuningSettings;
  /** Of the network that it begins with, the same at all sites, and of what the site draws. */
  seed: number;
  /** Its name: what it draws is its own. */
  site: string;
  /** Whether its network is averaged with other sites' meanwhile. @default false */
  together?: boolean;
  /** Whether the forward pass is computed again on the way back, for less memory. @default false */
  recompute?: boolean;
}

/** A tuner with the network that it trains. */
export interface SiteFineTuning {
  /** Trained in place. */
  readonly unet: UNet;
  /** Trains it, in rounds. */
  readonly tuner: FineTuner;
  /** Frees both. */
  dispose(): Promise<void>;
}

/** A new fine-tuning on the current engine. @throws as {@linkcode FineTuner}, or if the weights do not fit. */
export function openFineTuning(options: OpenFineTuningOptions): SiteFineTuning {
  const { network, pretrained, seed, site, cases, unlabelled, patch, ahead, patience, recompute } = options;
  const { steps, batch, learningRate, schedule, rateWarmUp, balance } = options.settings;
  const { encoderRate, warmUpSteps, decoderFirst, levelDecay, decoderRate, pull: strength = 0 } = options.settings;
  const { average, tested, unlabelled: teaching, deepSupervision } = options.settings;
  const { oversampling, softLabels } = options.settings;
  const unet = new UNet(network, new Rng(seed).fork("segmentation"), { recompute, deepSupervision });
  try {
    const names = new Set(pretrained && loadWeights(unet.variables, pretrained));
    const tuner = new FineTuner({
      ...{ unet, cases, unlabelled, patch, ahead, patience, steps, batch, learningRate, schedule, rateWarmUp },
      ...{ teaching, average, tested, oversampling, softLabels },
      augmentation: chosenAugmentation(options),
      loss: { balance },
      rng: new Rng(seed).fork(`fine-tune/${site}`),
      ...(pretrained && { encoderRate, warmUpSteps, decoderFirst, levelDecay, pull: { strength, names } }),
      ...(pretrained && { decoderRate, pretrained: names }),
    });
    const dispose = async () => {
      await tuner.dispose();
      unet.dispose();
    };
    return { unet, tuner, dispose };
  } catch (error) {
    unet.dispose();
    throw error;
  }
}

/** The set of the settings, with mirroring as they say. @throws {UserError} if there is no such set. */
function chosenAugmentation(
  { settings, labels = new Map(), cases, together = false }: OpenFineTuningOptions,
): Augmentation {
  const { augmentation: name = "default", mirror = [] } = settings;
  const { augmentation } = suitedAugmentation(name, { labelled: cases.length, together });
  const { axes } = mirrorAxes(mirror, labels);
  if (axes.length === 0) return augmentation;
  return { ...augmentation, geometry: { ...augmentation.geometry, flip: flipProbabilities(axes) } };
}
