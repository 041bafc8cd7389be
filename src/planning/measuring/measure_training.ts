/**
 * How long the steps of a training take on the current engine: a few of them are done, as a site does them.
 *
 * @module
 */
import type { CaseReference, LabelScheme } from "../../data/datasets/dataset.ts";
import type { PreparedCase } from "../../data/prepare.ts";
import type { Triple } from "../../core/triple.ts";
import type { UNetConfig } from "../../model/config.ts";
import type { PretrainConfig } from "../../pretraining/pretrain_config.ts";
import type { Pretrainer } from "../../pretraining/pretrainer.ts";
import { openPretrainer } from "../../pretraining/site_pretrainer.ts";
import { evaluateCase, type EvaluateCaseOptions } from "../../segmentation/evaluate.ts";
import { type FineTuningSettings, openFineTuning } from "../../segmentation/site_fine_tuning.ts";

/** What is fine-tuned with, and tested. */
export interface MeasuredFineTuning extends FineTuningSettings {
  /** Axes along which test volumes are mirrored, or that the labels decide on them. @default none */
  testMirroring?: EvaluateCaseOptions["mirror"];
}

/** What is measured. */
export interface MeasureOptions {
  /** The network that is trained. */
  network: UNetConfig;
  /** Voxels along z, y, x. */
  patch: Triple;
  /** By the method's name, what each pre-trains with. */
  pretrain: Readonly<Record<string, PretrainConfig>>;
  /** By a name, what is fine-tuned with. */
  fineTune: Readonly<Record<string, MeasuredFineTuning>>;
  /** Volumes to do it with, one at least. */
  training: readonly PreparedCase[];
  /** One that has labels, and its files, where there is fine-tuning. */
  labelled?: { readonly prepared: PreparedCase; readonly reference: CaseReference };
  /** What label values mean. */
  scheme: LabelScheme;
  /** Voxel size of the labelled image file, mm, where distances are measured. @default they are not */
  spacing?: Triple;
  /** About how long measuring may take, for each kind of training. */
  seconds: number;
  /** Batches that a thread of its own prepares ahead. @default 0 */
  ahead?: number;
  /** Whether activations are computed again. @default false */
  recompute?: boolean;
}

/** Seconds that pre-training takes. */
export interface MeasuredPretraining {
  /** A step. */
  readonly step: number;
  /** What a round takes beside its steps: features, weights, the state for a checkpoint. */
  readonly round: number;
  /** The health of the representation; 0 where there are volumes of one subject only. */
  readonly health: number;
}

/** Seconds that everything takes. */
export interface MeasuredTraining {
  /** By the method's name. */
  readonly pretrain: Readonly<Record<string, MeasuredPretraining>>;
  /** By its name, a step of fine-tuning. */
  readonly fineTune: Readonly<Record<string, number>>;
  /** Predicting and scoring a case; 0 where there is no labelled one. */
  readonly test: number;
}

/** Steps that a measurement may have at most. */
const MOST_STEPS = 200;

/** So many steps are measured, at least, after those that warm up. */
const FEWEST_STEPS = 2;

/** Where in its course fine-tuning is measured: all that begins late has begun. */
const FINE_TUNE_STEPS = 200_000;

/** Measures each kind of training in turn. @throws {UserError} if a setting does not fit network or volumes. */
export async function measureTraining(options: MeasureOptions): Promise<MeasuredTraining> {
  const pretrain: Record<string, MeasuredPretraining> = {};
  for (const [name, config] of Object.entries(options.pretrain)) {
    pretrain[name] = await measurePretraining(config, options);
  }
  const fineTune: Record<string, number> = {};
  let test = 0;
  for (const [name, settings] of Object.entries(options.fineTune)) {
    ({ step: fineTune[name], test } = await measureFineTuning(settings, options));
  }
  return { pretrain, fineTune, test };
}

/** Mean seconds of the steps after the first, which warms up; whoever takes steps is asked for no more after a while. */
async function secondsOfSteps(steps: AsyncIterable<unknown>, seconds: number): Promise<number> {
  let count = -1, since = performance.now();
  const elapsed = () => (performance.now() - since) / 1000;
  for await (const _ of steps) {
    if (++count === 0) since = performance.now();
    else if (count >= FEWEST_STEPS && elapsed() >= seconds) break;
  }
  return elapsed() / Math.max(1, count);
}

async function measurePretraining(
  config: PretrainConfig,
  { network, training: cases, seconds, ahead, recompute }: MeasureOptions,
): Promise<MeasuredPretraining> {
  const pretrainer = await openPretrainer({ network, config, cases, ahead, recompute, seed: 1, site: "measured" });
  try {
    for await (const _ of pretrainer.round({ round: 1, steps: 1 })) { /* engines compile what they have not run yet */ }
    const step = await secondsOfSteps(pretrainer.round({ round: 2, steps: MOST_STEPS }), seconds);
    return { step, ...await secondsBeside(pretrainer, cases, step) };
  } finally {
    await pretrainer.dispose();
  }
}

/** What a round takes beside its steps. */
async function secondsBeside(
  pretrainer: Pretrainer,
  cases: readonly PreparedCase[],
  step: number,
): Promise<Pick<MeasuredPretraining, "round" | "health">> {
  let since = performance.now();
  for await (const _ of pretrainer.round({ round: 3, steps: 1 })) { /* it ends with the features that are released */ }
  pretrainer.setWeights(await pretrainer.weights());
  await pretrainer.state();
  const round = Math.max(0, (performance.now() - since) / 1000 - step);
  since = performance.now();
  if (new Set(cases.map(({ subject }) => subject)).size === 1) return { round, health: 0 };
  await pretrainer.health(cases);
  return { round, health: (performance.now() - since) / 1000 };
}

async function measureFineTuning(
  { testMirroring: mirror, ...settings }: MeasuredFineTuning,
  { network, patch, training, labelled, scheme, spacing, seconds, ahead, recompute }: MeasureOptions,
): Promise<{ step: number; test: number }> {
  if (labelled === undefined) throw new RangeError("measuring a fine-tuning: there must be a labelled case");
  const { prepared, reference } = labelled;
  const { unet, tuner, dispose } = openFineTuning({
    ...{ network, patch, ahead, recompute, seed: 1, site: "measured", cases: [prepared] },
    labels: scheme.labels,
    unlabelled: training.filter(({ id }) => id !== prepared.id),
    settings: { ...settings, steps: FINE_TUNE_STEPS },
  });
  try {
    tuner.skipTo(FINE_TUNE_STEPS / 2);
    const step = await secondsOfSteps(tuner.round({ steps: MOST_STEPS }), seconds);
    const secondsOfTest = async () => {
      const since = performance.now();
      await evaluateCase(prepared, reference, { segmenter: unet, scheme, patch, spacing, mirror });
      return (performance.now() - since) / 1000;
    };
    const first = await secondsOfTest();
    return { step, test: first > seconds ? first : await secondsOfTest() }; // a quick one is done warm
  } finally {
    await dispose();
  }
}
