/**
 * What the settings of pre-training may be, field by field; `configuration.ts` checks them together.
 *
 * @module
 */
import * as v from "valibot";
import { type About, described, finite, flag, integer, oneOf, text, triple } from "../core/settings.ts";

const range = (low: number, high: number, about: About) =>
  described(
    v.pipe(
      v.strictTuple([finite(low, high), finite(low, high)], "must be [lowest, highest]"),
      v.check(([from, to]) => from <= to, "must be [lowest, highest]"),
    ),
    about,
  );

const zyx = (entry: v.GenericSchema<number>, about: About) => triple(entry, { rule: "must be [z, y, x]", ...about });

const projection = v.strictObject({
  kind: v.optional(
    oneOf(["dense", "global"], {
      description: "An embedding at each of some locations of a patch (dense), or one a patch (global).",
    }),
    "dense",
  ),
  maps: v.optional(
    described(v.pipe(v.array(text()), v.minLength(1, "must name at least one feature map")), {
      description:
        'Feature maps that are read, side by side: "encoder0" (the finest) and so on, "decoder1" and so on, ' +
        '"bottleneck" (the encoder\'s last), "finest" (the finest of the decoder\'s that is pre-trained), "pyramid" (all ' +
        "from the one to the other).",
    }),
    ["bottleneck"],
  ),
  grid: v.optional(
    zyx(integer(1, 64), {
      description: "Partitions of the volume along z, y, x; [4, 1, 1] is the paper's figure.",
      unit: "partitions",
    }),
    [4, 4, 4],
  ),
  locations: v.optional(
    integer(1, 4096, { description: "Locations read in each patch, where the kind is dense.", unit: "locations" }),
    64,
  ),
});

const geometry = v.strictObject({
  rotation: v.optional(finite(0, 180, { description: "Greatest angle about each axis.", unit: "degrees" }), 15),
  scale: v.optional(
    range(0.1, 10, { description: "Magnification: lowest and highest factor.", unit: "factor" }),
    [0.87, 1.15],
  ),
  flip: v.optional(
    zyx(finite(0, 1), {
      description: "Probability of a flip along z, y, x. A flip moves structures to another partition.",
      unit: "probability",
    }),
    [0, 0, 0],
  ),
});

const intensity = v.strictObject({
  gamma: v.optional(
    range(0.05, 20, {
      description: "Exponent on intensities brought to [0, 1]: lowest and highest.",
      unit: "exponent",
    }),
    [0.7, 1.42],
  ),
  invertedGamma: v.optional(
    finite(0, 1, { description: "Probability that gamma acts on inverted intensities.", unit: "probability" }),
    0.5,
  ),
  scale: v.optional(
    range(0.05, 20, { description: "Factor on the contrast: lowest and highest.", unit: "factor" }),
    [0.87, 1.15],
  ),
  shift: v.optional(
    finite(0, 10, { description: "Greatest shift of all intensities.", unit: "standard deviations of the volume" }),
    0.14,
  ),
  noise: v.optional(
    finite(0, 10, {
      description: "Greatest standard deviation of the noise.",
      unit: "standard deviations of the volume",
    }),
    0.2,
  ),
  blur: v.optional(finite(0, 10, { description: "Greatest standard deviation of the blur.", unit: "voxels" }), 0.7),
  probability: v.optional(
    finite(0, 1, { description: "Probability of each change of intensity but the last.", unit: "probability" }),
    0.5,
  ),
  invert: v.optional(
    finite(0, 1, { description: "Probability that the contrast is inverted.", unit: "probability" }),
    0.05,
  ),
});

const augmentation = v.strictObject({
  geometry: v.optional(described(geometry, { description: "How views are turned, scaled and flipped." }), {}),
  intensity: v.optional(described(intensity, { description: "How the intensities of views are changed." }), {}),
});

/** What the settings of pre-training may be beside `objective`, by field. */
export const commonSettings = {
  patch: v.optional(
    zyx(integer(1, 512), { description: "Extent of a patch along z, y, x.", unit: "voxels" }),
    [32, 32, 32],
  ),
  // the tables in scripts/seeds are of level 1; the encoder alone is not tabulated
  decoderLevel: v.optional(
    described(v.nullable(integer(0, 15)), {
      description:
        "The finest level of the U-Net's expanding path that is pre-trained too, 0 being full resolution; null: the " +
        "encoder alone.",
    }),
    1,
  ),
  volumes: v.optional(integer(1, 256, { description: "Volumes a step, two views of each.", unit: "volumes" }), 2),
  views: v.optional(
    oneOf(["anywhere", "near", "overlapping"], {
      description: "Where the second view lies: anywhere in the volume, within a quarter of a patch of the first, or " +
        "so that it overlaps .4 to .8 of it.",
    }),
    "anywhere",
  ),
  symmetric: v.optional(
    flag({
      description:
        "Use each view as query and as key; otherwise the first is the query, the second the key, as in MoCo.",
    }),
    false,
  ),
  augmentation: v.optional(described(augmentation, { description: "How the views of a volume are made." }), {}),
  projections: v.optional(
    described(v.pipe(v.array(projection), v.minLength(1, "must hold at least one projection")), {
      description: "What is embedded, each entry with a head and a memory bank of its own.",
    }),
    [{ maps: ["bottleneck"] }, { maps: ["finest"] }],
  ),
  dimension: v.optional(integer(2, 1024, { description: "Values of an embedding.", unit: "values" }), 32),
  hidden: v.optional(integer(2, 4096, { description: "Width of a head's hidden layer.", unit: "values" }), 64),
  // .1 in the same authors' PCL (2106.09157), .07 to .2 in MoCo
  temperature: v.optional(finite(0.01, 10, { description: "t, by which similarities are divided." }), 0.2),
  // MoCo has .999 for runs of 10^5 steps and more (1911.05722); in trials of 100 to 200 steps a site .9 to .95 learnt
  // faster than .99
  momentum: v.optional(
    finite(0, 1, { description: "m: the share of its weights that the key encoder keeps at each step." }),
    0.95,
  ),
  negatives: v.optional(
    integer(0, 65_536, {
      description: "K: the entries of Q' drawn from each memory bank at each step.",
      unit: "features",
    }),
    2048,
  ),
  queue: v.optional(integer(1, 1_048_576, { description: "Entries of each local queue.", unit: "features" }), 2048),
  release: v.optional(
    integer(0, 65_536, { description: "Features released each round, over all projections.", unit: "features" }),
    2048,
  ),
  remoteQueue: v.optional(
    integer(1, 65_536, {
      description: "Entries kept of each other site in each memory bank, whatever it releases.",
      unit: "features",
    }),
    2048,
  ),
  staleness: v.optional(
    integer(0, 1000, {
      description: "Local rounds after whose end another site's features are forgotten, if no new ones have come.",
      unit: "rounds",
    }),
    3,
  ),
  sampling: v.optional(
    oneOf(["fair", "uniform"], {
      description:
        "Whether Q' is drawn in equal shares from the sites (fair), or uniformly over all entries, as in the paper.",
    }),
    "fair",
  ),
  maskedDenominator: v.optional(
    flag({
      description: "Leave entries of the query's own partition out of the denominator; the paper's text does not.",
    }),
    true,
  ),
  localPositives: v.optional(
    oneOf(["views", "volumes"], {
      description: "Local positives: other views of the same volume, or of every local volume.",
    }),
    "volumes",
  ),
  structuralMatching: v.optional(
    oneOf(["remote", "bank", "none"], {
      description: "Lambda: remote entries (the paper), all entries of Q' (bank), or none.",
    }),
    "remote",
  ),
  batchNegatives: v.optional(
    flag({ description: "Count the batch's own keys among the negatives; without, collapse is likely." }),
    true,
  ),
  // MAE's 75 % (2111.06377, figure 5)
  maskRatio: v.optional(
    finite(0.05, 0.95, {
      description: "How much of a patch is hidden from the network that reconstructs it.",
      unit: "share",
    }),
    0.75,
  ),
  // what follows came later and has no default here: what is not set is in no digest, so that the charters and
  // checkpoints of before hold
  contrastWeight: v.optional(
    finite(0, 1e6, { description: "Weight of FCL's loss where it is joined with another.", otherwise: "`1`" }),
  ),
  pretextWeight: v.optional(
    finite(0, 1e6, {
      description: "Weight of the loss that FCL is joined with: reconstruction's, or volume fusion's.",
      otherwise: "the objective's",
    }),
  ),
  sharedForward: v.optional(
    flag({
      description:
        "Read FCL's queries off the same forward pass as what it is joined with, of masked patches: faster, " +
        "and not as good step by step; otherwise each has its own.",
      otherwise: "`false`",
    }),
  ),
  // in trials of 100 to 200 steps a site 6e-3 learnt faster than 2e-3
  learningRate: v.optional(finite(1e-8, 1, { description: "Adam's rate." }), 6e-3),
  warmUpSteps: v.optional(
    integer(0, 1_000_000, {
      description: "Steps over which the rate rises from nearly nothing.",
      unit: "steps",
    }),
    20,
  ),
  decaySteps: v.optional(
    integer(0, 100_000_000, {
      description: "Steps over which the rate then falls to a twentieth, along a cosine; 0: it stays.",
      unit: "steps",
    }),
    0,
  ),
  weightDecay: v.optional(
    finite(0, 1, { description: "AdamW's: each step takes rate * decay of the weights away." }),
    1e-4,
  ),
  clipNorm: v.optional(
    finite(1e-6, 1e6, { description: "Gradients are scaled down to this L2 norm over all variables." }),
    5,
  ),
};
