/**
 * The settings of pre-training, once defaults are filled in.
 *
 * Written by `deno task schema` from the descriptions that the parser checks by.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";

/** The settings of pre-training, once defaults are filled in. */
export interface PretrainConfig {
  /** What is learnt: the objective's name. */
  readonly objective: string;
  /** Extent of a patch along z, y, x. Unit: voxels. */
  readonly patch: Triple;
  /**
   * The finest level of the U-Net's expanding path that is pre-trained too, 0 being full resolution; null: the
   * encoder alone.
   */
  readonly decoderLevel: number | null;
  /** Volumes a step, two views of each. Unit: volumes. */
  readonly volumes: number;
  /**
   * Where the second view lies: anywhere in the volume, within a quarter of a patch of the first, or so that it
   * overlaps .4 to .8 of it.
   */
  readonly views: "anywhere" | "near" | "overlapping";
  /** Use each view as query and as key; otherwise the first is the query, the second the key, as in MoCo. */
  readonly symmetric: boolean;
  /** How the views of a volume are made. */
  readonly augmentation: PretrainAugmentationConfig;
  /** What is embedded, each entry with a head and a memory bank of its own. */
  readonly projections: readonly PretrainProjectionsConfig[];
  /** Values of an embedding. Unit: values. */
  readonly dimension: number;
  /** Width of a head's hidden layer. Unit: values. */
  readonly hidden: number;
  /** t, by which similarities are divided. */
  readonly temperature: number;
  /** m: the share of its weights that the key encoder keeps at each step. */
  readonly momentum: number;
  /** K: the entries of Q' drawn from each memory bank at each step. Unit: features. */
  readonly negatives: number;
  /** Entries of each local queue. Unit: features. */
  readonly queue: number;
  /** Features released each round, over all projections. Unit: features. */
  readonly release: number;
  /** Entries kept of each other site in each memory bank, whatever it releases. Unit: features. */
  readonly remoteQueue: number;
  /** Local rounds after whose end another site's features are forgotten, if no new ones have come. Unit: rounds. */
  readonly staleness: number;
  /** Whether Q' is drawn in equal shares from the sites (fair), or uniformly over all entries, as in the paper. */
  readonly sampling: "fair" | "uniform";
  /** Leave entries of the query's own partition out of the denominator; the paper's text does not. */
  readonly maskedDenominator: boolean;
  /** Local positives: other views of the same volume, or of every local volume. */
  readonly localPositives: "views" | "volumes";
  /** Lambda: remote entries (the paper), all entries of Q' (bank), or none. */
  readonly structuralMatching: "remote" | "bank" | "none";
  /** Count the batch's own keys among the negatives; without, collapse is likely. */
  readonly batchNegatives: boolean;
  /** How much of a patch is hidden from the network that reconstructs it. Unit: share. */
  readonly maskRatio: number;
  /** Weight of FCL's loss where it is joined with another. */
  readonly contrastWeight?: number;
  /** Weight of the loss that FCL is joined with: reconstruction's, or volume fusion's. */
  readonly pretextWeight?: number;
  /**
   * Read FCL's queries off the same forward pass as what it is joined with, of masked patches: faster, and not as
   * good step by step; otherwise each has its own.
   */
  readonly sharedForward?: boolean;
  /** Adam's rate. */
  readonly learningRate: number;
  /** Steps over which the rate rises from nearly nothing. Unit: steps. */
  readonly warmUpSteps: number;
  /** Steps over which the rate then falls to a twentieth, along a cosine; 0: it stays. Unit: steps. */
  readonly decaySteps: number;
  /** AdamW's: each step takes rate * decay of the weights away. */
  readonly weightDecay: number;
  /** Gradients are scaled down to this L2 norm over all variables. */
  readonly clipNorm: number;
}

/** How the views of a volume are made. */
export interface PretrainAugmentationConfig {
  /** How views are turned, scaled and flipped. */
  readonly geometry: PretrainAugmentationGeometryConfig;
  /** How the intensities of views are changed. */
  readonly intensity: PretrainAugmentationIntensityConfig;
}

/** How views are turned, scaled and flipped. */
export interface PretrainAugmentationGeometryConfig {
  /** Greatest angle about each axis. Unit: degrees. */
  readonly rotation: number;
  /** Magnification: lowest and highest factor. Unit: factor. */
  readonly scale: readonly [number, number];
  /** Probability of a flip along z, y, x. A flip moves structures to another partition. Unit: probability. */
  readonly flip: Triple;
}

/** How the intensities of views are changed. */
export interface PretrainAugmentationIntensityConfig {
  /** Exponent on intensities brought to [0, 1]: lowest and highest. Unit: exponent. */
  readonly gamma: readonly [number, number];
  /** Probability that gamma acts on inverted intensities. Unit: probability. */
  readonly invertedGamma: number;
  /** Factor on the contrast: lowest and highest. Unit: factor. */
  readonly scale: readonly [number, number];
  /** Greatest shift of all intensities. Unit: standard deviations of the volume. */
  readonly shift: number;
  /** Greatest standard deviation of the noise. Unit: standard deviations of the volume. */
  readonly noise: number;
  /** Greatest standard deviation of the blur. Unit: voxels. */
  readonly blur: number;
  /** Probability of each change of intensity but the last. Unit: probability. */
  readonly probability: number;
  /** Probability that the contrast is inverted. Unit: probability. */
  readonly invert: number;
}

/** One of `projections`. */
export interface PretrainProjectionsConfig {
  /** An embedding at each of some locations of a patch (dense), or one a patch (global). */
  readonly kind: "dense" | "global";
  /**
   * Feature maps that are read, side by side: "encoder0" (the finest) and so on, "decoder1" and so on, "bottleneck"
   * (the encoder's last), "finest" (the finest of the decoder's that is pre-trained), "pyramid" (all from the one to
   * the other).
   */
  readonly maps: readonly string[];
  /** Partitions of the volume along z, y, x; [4, 1, 1] is the paper's figure. Unit: partitions. */
  readonly grid: Triple;
  /** Locations read in each patch, where the kind is dense. Unit: locations. */
  readonly locations: number;
}
