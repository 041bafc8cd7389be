/** Fine-tuning one method's network, and testing it. */
import { join } from "@std/path";
import { messageOf, UserError } from "../core/errors.ts";
import { Rng } from "../core/rng.ts";
import type { NamedVector } from "../core/vectors.ts";
import type { CaseReference, Dataset } from "../data/datasets/dataset.ts";
import type { PreparedCase } from "../data/prepare.ts";
import type { Volume } from "../data/volume.ts";
import type { UNetConfig } from "../model/config.ts";
import { UNet } from "../model/unet.ts";
import { loadWeights, readWeights, writeWeights } from "../model/weights.ts";
import { evaluateCase } from "../segmentation/evaluate.ts";
import { fineTune } from "../segmentation/fine_tune.ts";
import { progressMeter } from "./_progress_meter.ts";
import type { PeerConfiguration } from "./configuration.ts";
import type { Method } from "./events.ts";
import type { CaseDice } from "./report/schema.ts";
import type { StageProgress } from "./trainer_api.ts";

/** What both methods share. */
export interface SegmentationOptions {
  configuration: PeerConfiguration;
  network: UNetConfig;
  method: Method;
  onProgress: (progress: StageProgress) => void;
}

/** A network after its fine-tuning, apart from any engine. */
export interface FineTuned {
  weights: NamedVector[];
  /** Of each step. */
  losses: number[];
}

/**
 * Fine-tunes from `pretrained` weights, or from scratch without.
 *
 * @param cases labelled.
 */
export async function fineTuneMethod(
  cases: readonly PreparedCase[],
  pretrained: readonly NamedVector[] | undefined,
  options: SegmentationOptions,
): Promise<FineTuned> {
  const { configuration, network, method, onProgress } = options;
  const { seed, name, data: { ahead }, schedule: { patience }, engine: { recompute } } = configuration;
  const { encoderRate, warmUpSteps, balance, ...fineTuning } = configuration.fineTune;
  const unet = new UNet(network, new Rng(seed).fork("segmentation"), { recompute });
  try {
    if (pretrained) loadWeights(unet.variables, pretrained);
    const meter = progressMeter(method, onProgress);
    const losses: number[] = [];
    const training = fineTune({
      ...fineTuning,
      ...{ unet, cases, ahead, patience },
      loss: { balance },
      patch: configuration.network.patch,
      rng: new Rng(seed).fork(`fine-tune/${name}`),
      encoderRate: pretrained ? encoderRate : 1,
      warmUpSteps: pretrained ? warmUpSteps : 0,
    });
    for await (const progress of training) {
      losses.push(progress.loss);
      meter(progress);
      await nextMessage();
    }
    return { weights: await readWeights(unet.variables), losses };
  } finally {
    unet.dispose();
  }
}

/** A test case. */
export interface TestCase {
  prepared: PreparedCase;
  reference: CaseReference;
}

/** How a test case came out. */
export interface Tested {
  prediction: Volume;
  dice: CaseDice;
}

/**
 * Predicts the test cases from `first` on, and scores them, one by one.
 *
 * @param weights of the fine-tuned network.
 */
export async function* testMethod(
  cases: readonly TestCase[],
  weights: readonly NamedVector[],
  options: Omit<SegmentationOptions, "onProgress"> & { labels: Dataset["labels"]; first?: number },
): AsyncGenerator<Tested, void, void> {
  const { configuration, network, method, labels, first = 0 } = options;
  const predictions = join(configuration.outputDirectory, "predictions", method);
  await writing(predictions, () => Deno.mkdir(predictions, { recursive: true }));
  const unet = new UNet(network, new Rng(configuration.seed).fork("segmentation"));
  try {
    writeWeights(unet.variables, weights);
    for (const { prepared, reference } of cases.slice(first)) {
      const { id } = prepared;
      const output = join(predictions, `${id}.nii.gz`);
      const options = { segmenter: unet, labels, patch: configuration.network.patch, output };
      const { prediction, dice } = await writing(output, () => evaluateCase(prepared, reference, options));
      yield { prediction, dice: { case: id, method, perClass: { ...dice } } };
    }
  } finally {
    unet.dispose();
  }
}

/** Does `work`; a failure of the operating system, such as a full disk, becomes a sentence about `path`. */
async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause)) throw cause;
    throw new UserError(`testing: ${messageOf(cause)}; started again, the peer goes on from its last checkpoint`, {
      where: path,
      cause,
    });
  }
}

/** Lets the Worker read its messages between two steps. */
function nextMessage(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
