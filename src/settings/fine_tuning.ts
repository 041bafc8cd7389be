/** The section `fineTune`: how networks are trained with labels. */
import * as v from "valibot";
import { described, finite, flag, integer, nameIn, oneOf } from "../core/settings.ts";
import { AXES } from "../data/augmentation/mirror.ts";
import { augmentationChoices } from "../data/augmentation/sets/suited.ts";
import { unlabelledVariants } from "../segmentation/unlabelled/variants.ts";
import { type FineTuningDefaults, PEER_DEFAULTS } from "./defaults.ts";
import type { FineTuneSettings } from "./types.ts";

/** Axes, or that the labels decide. */
const mirroring = v.union([oneOf(["auto"]), v.array(oneOf(AXES))], 'must be "auto" or a list of "z", "y" and "x"');

/** How unlabelled volumes are learnt from. */
const unlabelledSchema = v.strictObject({
  variant: v.optional(
    nameIn(unlabelledVariants, {
      description: "What the network sees of an unlabelled patch that a moving average of it has labelled: the same " +
        "with other intensities (mean-teacher), with boxes of other unlabelled patches, too (weak-to-strong), or " +
        "boxes exchanged with labelled patches (copy-paste).",
    }),
    "weak-to-strong",
  ),
  weight: v.optional(finite(0, 100, { description: "What their loss counts beside that of labelled patches." }), 1),
  ramp: v.optional(
    finite(0, 1, {
      description: "Share of the training over which the weight rises to its full size, slowly at first.",
      unit: "share",
    }),
    0.3,
  ),
  threshold: v.optional(
    finite(0, 1, {
      description: "How sure the average must be of a voxel's class, as a probability, for the voxel to count.",
    }),
    0.9,
  ),
  batch: v.optional(integer(1, 64, { description: "Unlabelled patches a step.", unit: "patches" }), 2),
  largest: v.optional(
    flag({
      description: "Whether of each class's voxels only the largest connected part of a patch keeps the class; what " +
        "lies apart from it does not count.",
    }),
    false,
  ),
  mass: v.optional(
    finite(1e-6, 1, {
      description:
        "What a volume without labels counts for in the average of sites that fine-tune together, beside 1 " +
        "for a labelled case.",
      unit: "labelled cases",
    }),
    0.01,
  ),
  joinAfter: v.optional(
    finite(0, 1, {
      description:
        "The share of the rounds, one at least, after which sites without labels join those that fine-tune " +
        "together; until then they contribute nothing.",
      unit: "share",
    }),
    0.3,
  ),
});

/**
 * What peers and protocols alike say of fine-tuning, by its defaults. Settings that came later have none: what is not
 * set is in no digest, so that the charters, checkpoints and evaluations of before hold.
 */
export function fineTuningEntries(defaults: FineTuningDefaults) {
  const { steps, batch, learningRate, encoderRate, warmUpSteps, balance } = defaults;
  const { schedule, rateWarmUp, decoderFirst, levelDecay, decoderRate, pull } = defaults;
  const { deepSupervision, testMirroring, keepLargest } = defaults;
  const { average, tested } = defaults;
  const { augmentation, mirror, oversampling, softLabels } = defaults;
  return {
    steps: v.optional(
      integer(1, 1_000_000, { description: "Steps of fine-tuning, all rounds together.", unit: "steps" }),
      steps,
    ),
    batch: v.optional(integer(1, 64, { description: "Patches a step.", unit: "patches" }), batch),
    learningRate: v.optional(finite(1e-8, 1, { description: "The decoder's rate." }), learningRate),
    encoderRate: v.optional(
      finite(0, 1, {
        description: "The encoder's rate, as a share of the decoder's, when it is pre-trained; 0: it stays frozen.",
        unit: "share",
      }),
      encoderRate,
    ),
    warmUpSteps: v.optional(
      integer(0, 1_000_000, { description: "First steps with the pre-trained encoder frozen.", unit: "steps" }),
      warmUpSteps,
    ),
    schedule: v.optional(
      oneOf(["polynomial", "cosine", "constant"], {
        description: "How the learning rate falls.",
        otherwise: '`"polynomial"`',
      }),
      schedule,
    ),
    rateWarmUp: v.optional(
      finite(0, 0.5, {
        description: "Share of the training over which the learning rate first rises linearly, pre-trained or not.",
        unit: "share",
        otherwise: "`0`",
      }),
      rateWarmUp,
    ),
    decoderFirst: v.optional(
      finite(0, 0.5, {
        description: "Share of the training that goes before, in which the decoder alone is trained, at a rate that " +
          "rises linearly, when the encoder is pre-trained; the rate then begins anew for the whole network.",
        unit: "share",
        otherwise: "`0`",
      }),
      decoderFirst,
    ),
    levelDecay: v.optional(
      finite(0.01, 1, {
        description: "The rate of each level of a pre-trained encoder as a share of that of the next coarser one, so " +
          "that the finest moves least.",
        unit: "share",
        otherwise: "`1`",
      }),
      levelDecay,
    ),
    decoderRate: v.optional(
      finite(0, 1, {
        description: "The rate of those levels of the decoder that are pre-trained, as a share of its others'; 0: " +
          "they stay frozen.",
        unit: "share",
        otherwise: "`1`",
      }),
      decoderRate,
    ),
    pull: v.optional(
      finite(0, 1000, {
        description:
          "How strongly what is pre-trained is pulled back to what it was (L2-SP): each step takes the rate " +
          "times this of the way back.",
        otherwise: "`0`",
      }),
      pull,
    ),
    balance: v.optional(
      finite(0, 1, {
        description: "How far the cross-entropy favours rare classes: 0 not at all, 1 until every class counts the " +
          "same.",
      }),
      balance,
    ),
    deepSupervision: v.optional(
      flag({
        description: "Whether the coarser levels of the decoder learn from the labels, too, the next one half as " +
          "much, and so on; takes at least three levels.",
        otherwise: "`false`",
      }),
      deepSupervision,
    ),
    testMirroring: v.optional(
      described(mirroring, {
        description: "Axes along which test volumes are mirrored, too, the mean of all mirrorings counting: n axes " +
          'take 2^n times as long. Of use along those that `mirror` has; "auto" as there.',
        otherwise: "none",
      }),
      testMirroring,
    ),
    keepLargest: v.optional(
      flag({
        description:
          "Whether of structures that lie in one piece in all labelled cases of the site a prediction keeps " +
          "the largest part only.",
      }),
      keepLargest,
    ),
    unlabelled: v.optional(
      described(v.nullable(unlabelledSchema), {
        description: "How training volumes without labels are learnt from while the network is fine-tuned, where the " +
          "site has any; null: not at all.",
      }),
      {},
    ),
    average: v.optional(
      finite(0, 0.9999, {
        description: "Decay a step of the moving average of the weights, which labels unlabelled patches and may be " +
          "what is tested; over the first steps it is less.",
        otherwise: "`0.99`",
      }),
      average,
    ),
    tested: v.optional(
      oneOf(["last", "average"], {
        description: "Which weights are tested: those after the last step, or their moving average.",
        otherwise: '`"last"`',
      }),
      tested,
    ),
    augmentation: v.optional(
      nameIn(augmentationChoices, {
        description: "How patches are changed at random: mildly (default), as nnU-Net does (nnunet), that more " +
          "often and with elastic deformation (strong), or mildly where the site has many labelled cases and " +
          "strongly where it has few (auto).",
      }),
      augmentation,
    ),
    oversampling: v.optional(
      finite(0, 1, {
        description: "How much oftener cases are drawn that hold a class which few cases hold: 0 not at all, 1 so " +
          "that a class which half of them hold is worth two.",
        otherwise: "`0`",
      }),
      oversampling,
    ),
    softLabels: v.optional(
      flag({
        description: "Learn which share of a voxel each structure takes, where labels are brought to a coarser grid, " +
          "in place of the structure that takes the most.",
      }),
      softLabels,
    ),
    mirror: v.optional(
      described(mirroring, {
        description: 'Axes along which patches may be mirrored; "auto": those along which no label\'s name tells ' +
          "sides apart, such as left and right along x.",
        otherwise: "none",
      }),
      mirror,
    ),
  };
}

/** The field of the rounds, and what holds without it. */
export function roundsField(otherwise?: string) {
  return integer(1, 100_000, {
    description: "How many rounds the steps are dealt into where sites fine-tune together.",
    unit: "rounds",
    otherwise,
  });
}

/** Steps of a round where nothing else is said: the more often networks are averaged, the better they become. */
const STEPS_PER_ROUND = 10;
/** Rounds at most where nothing else is said: each takes an exchange with other sites. */
const MOST_ROUNDS = 60;
/** What a site says that fine-tunes by itself, in whose settings rounds have no meaning. */
const ROUNDS_ALONE = 10;

/** The rounds that a peer's steps are dealt into. */
export function roundsOf({ mode, rounds, steps }: Pick<FineTuneSettings, "mode" | "rounds" | "steps">): number {
  if (rounds !== undefined) return rounds;
  return mode === "local" ? ROUNDS_ALONE : Math.min(MOST_ROUNDS, Math.ceil(steps / STEPS_PER_ROUND));
}

/** The schema of a peer's section. */
export const fineTuningSchema = v.strictObject({
  mode: v.optional(
    oneOf(["local", "federated"], {
      description: "Each site by itself (local), or together (federated): rounds between which the networks' weights " +
        "are averaged as in pre-training.",
    }),
    "local",
  ),
  baseline: v.optional(
    flag({
      description: "Whether a second network is fine-tuned beside the pre-trained one, from scratch and as long, to " +
        "tell what pre-training gains; it takes as much time again.",
      otherwise: "`false`",
    }),
  ),
  rounds: v.optional(roundsField(`one for every ${STEPS_PER_ROUND} steps, at most ${MOST_ROUNDS}`)),
  ...fineTuningEntries(PEER_DEFAULTS.fineTuning),
});
