/**
 * The settings of pre-training, checked where they come from the outside.
 *
 * Most are common to all objectives; those that an objective does not read, or that would make it another one, are
 * refused with it (`objectives/settings.ts`).
 *
 * @example
 * ```ts
 * const config = parsePretrainConfig({ temperature: 0.1, projections: [{ grid: [4, 1, 1] }] });
 * config.momentum; // 0.95
 * ```
 *
 * @module
 */
import * as v from "valibot";
import { type Deep, finite, flag, integer, oneOf, parseSettings, text, triple } from "../core/settings.ts";
import { requireObjectiveFits, withObjectiveSettings } from "./_objective_rules.ts";
import { objectiveNames } from "./objectives/settings.ts";

const range = (low: number, high: number) =>
  v.pipe(
    v.strictTuple([finite(low, high), finite(low, high)], "must be [lowest, highest]"),
    v.check(([from, to]) => from <= to, "must be [lowest, highest]"),
  );

const projection = v.strictObject({
  /** An embedding at each of some locations of a patch, or one a patch. */
  kind: v.optional(oneOf(["dense", "global"]), "dense"),
  /**
   * Feature maps that are read, side by side: "encoder0" (the finest) and so on, "decoder1" and so on, "bottleneck"
   * (the encoder's last), "finest" (the finest of the decoder's that is pre-trained).
   */
  maps: v.optional(v.pipe(v.array(text()), v.minLength(1, "must name at least one feature map")), ["bottleneck"]),
  /** Partitions along z, y, x; [4, 1, 1] is the paper's figure. */
  grid: v.optional(triple(integer(1, 64), "must be [z, y, x]"), [4, 4, 4]),
  /** Locations read in each patch (dense). */
  locations: v.optional(integer(1, 4096), 64),
});

const geometry = v.strictObject({
  /** Greatest angle about each axis, in degrees. */
  rotation: v.optional(finite(0, 180), 15),
  /** Magnification. */
  scale: v.optional(range(0.1, 10), [0.87, 1.15]),
  /** Probability of a flip along z, y, x: none, since a flip moves structures to another partition. */
  flip: v.optional(triple(finite(0, 1), "must be [z, y, x]"), [0, 0, 0]),
});

const intensity = v.strictObject({
  /** Exponent on intensities brought to [0, 1]. */
  gamma: v.optional(range(0.05, 20), [0.7, 1.42]),
  /** Probability that gamma acts on inverted intensities. */
  invertedGamma: v.optional(finite(0, 1), 0.5),
  /** Factor on the contrast. */
  scale: v.optional(range(0.05, 20), [0.87, 1.15]),
  /** Greatest shift, in standard deviations of the volume. */
  shift: v.optional(finite(0, 10), 0.14),
  /** Greatest standard deviation of the noise. */
  noise: v.optional(finite(0, 10), 0.2),
  /** Greatest standard deviation of the blur, in voxels. */
  blur: v.optional(finite(0, 10), 0.7),
  /** Probability of each of the above. */
  probability: v.optional(finite(0, 1), 0.5),
  /** Probability that the contrast is inverted. */
  invert: v.optional(finite(0, 1), 0.05),
});

const augmentation = v.strictObject({ geometry: v.optional(geometry, {}), intensity: v.optional(intensity, {}) });

const schema = v.strictObject({
  /** The objective's name in the registry. */
  objective: v.optional(oneOf(objectiveNames), "fcl"),
  /** Voxels of a patch: z, y, x. */
  patch: v.optional(triple(integer(4, 512), "must be [z, y, x]"), [32, 32, 32]),
  /**
   * The finest level of the U-Net's expanding path that is pre-trained too, 0 being full resolution; null: the encoder
   * alone. The tables in scripts/seeds are of level 1; the encoder alone is not tabulated.
   */
  decoderLevel: v.optional(v.nullable(integer(0, 15)), 1),
  /** Volumes a step, two views of each. */
  volumes: v.optional(integer(1, 256), 2),
  /** Where the second view lies: anywhere in the volume, or within a quarter of a patch of the first. */
  views: v.optional(oneOf(["anywhere", "near"]), "anywhere"),
  /** Use each view as query and as key; otherwise the first is the query, the second the key, as in MoCo. */
  symmetric: v.optional(flag(), false),
  augmentation: v.optional(augmentation, {}),
  /** What is embedded, each entry with a head and a memory bank of its own. */
  projections: v.optional(v.pipe(v.array(projection), v.minLength(1, "must hold at least one projection")), [
    { maps: ["bottleneck"] },
    { maps: ["finest"] },
  ]),
  /** Values of an embedding. */
  dimension: v.optional(integer(2, 1024), 32),
  /** Width of a head's hidden layer. */
  hidden: v.optional(integer(2, 4096), 64),
  /** t: .1 in the same authors' PCL (2106.09157), .07 to .2 in MoCo. */
  temperature: v.optional(finite(0.01, 10), 0.2),
  /**
   * m. MoCo has .999 for runs of 10^5 steps and more (1911.05722); in trials of 100 to 200 steps a site .9 to .95
   * learnt faster than .99.
   */
  momentum: v.optional(finite(0, 1), 0.95),
  /** K, the entries of Q' drawn from each memory bank at each step. */
  negatives: v.optional(integer(0, 65_536), 2048),
  /** Entries of each local queue. */
  queue: v.optional(integer(1, 1_048_576), 2048),
  /** Features released each round, over all projections. */
  release: v.optional(integer(0, 65_536), 2048),
  /** Entries kept of each other site in each memory bank, whatever it releases. */
  remoteQueue: v.optional(integer(1, 65_536), 2048),
  /** Local rounds after whose end another site's features are forgotten, if no new ones have come. */
  staleness: v.optional(integer(0, 1000), 3),
  /** Whether Q' is drawn in equal shares from the sites, or uniformly over all entries, as in the paper. */
  sampling: v.optional(oneOf(["fair", "uniform"]), "fair"),
  /** Leave entries of q's own partition out of the denominator; the paper's text does not. */
  maskedDenominator: v.optional(flag(), true),
  /** Local positives: other views of the same volume, or of every local volume. */
  localPositives: v.optional(oneOf(["views", "volumes"]), "volumes"),
  /** Lambda: remote entries (the paper), all entries of Q', or none. */
  structuralMatching: v.optional(
    oneOf(["remote", "bank", "none"]),
    "remote",
  ),
  /** Count the batch's own keys among the negatives; without, collapse is likely. */
  batchNegatives: v.optional(flag(), true),
  /** Share of a patch that is hidden from the network that reconstructs it: MAE's 75 % (2111.06377, figure 5). */
  maskRatio: v.optional(finite(0.05, 0.95), 0.75),
  /** Adam's rate; in trials of 100 to 200 steps a site 6e-3 learnt faster than 2e-3. */
  learningRate: v.optional(finite(1e-8, 1), 6e-3),
  /** Steps over which the rate rises from nearly nothing. */
  warmUpSteps: v.optional(integer(0, 1_000_000), 20),
  /** Steps over which the rate then falls to a twentieth, along a cosine; 0: it stays. */
  decaySteps: v.optional(integer(0, 100_000_000), 0),
  /** AdamW's: each step takes rate * decay of the weights away. */
  weightDecay: v.optional(finite(0, 1), 1e-4),
  /** Gradients are scaled down to this norm over all variables. */
  clipNorm: v.optional(finite(1e-6, 1e6), 5),
});

/** The settings of pre-training; each field's meaning and default stand at the schema above. */
export type PretrainConfig = Deep<v.InferOutput<typeof schema>>;

/**
 * Checks settings that come from a file or a user and fills in the defaults; the result is frozen.
 *
 * @param where what an error names in front of the field.
 * @throws {UserError} that names the first field at fault, the rule and the value.
 */
export function parsePretrainConfig(value: unknown = {}, where = "pretrain"): PretrainConfig {
  const place = { doing: "reading the settings of pre-training", where };
  const config = parseSettings(schema, withObjectiveSettings(value, place), place);
  requireObjectiveFits(config, place);
  return config;
}
