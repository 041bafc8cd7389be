/**
 * The inversion attack: released embeddings back to the surroundings of the places that they were made at.
 *
 * The attacker has what every member has: the shared weights, volumes of its own, and what the other sites release. It
 * embeds its own volumes, adds the noise that the victim's policy adds (it is taken to know it), fits decoders, and
 * applies them to the others' features.
 *
 * @module
 */
import { mean } from "../../src/core/statistics.ts";
import type { Rng } from "../../src/core/rng.ts";
import { decodeByMean, decodeByPlace, decodeByRidge, type Pairs } from "./_decoders.ts";
import { decodeByNetwork } from "./_network_decoder.ts";

/** How like two sets of rows are. */
export interface Likeness {
  /** Mean over rows of Pearson's correlation over a row's values. */
  readonly correlation: number;
  /**
   * Mean over rows of the structural similarity with the whole row as one window; see {@linkcode structuralSimilarity}.
   */
  readonly similarity: number;
  /** Mean squared difference; the volumes have a standard deviation of 1. */
  readonly error: number;
}

/** How well the features of one projection were turned back. */
export interface InversionFigures {
  readonly projection: string;
  /** Victims' features. */
  readonly rows: number;
  /** The mean of the attacker's own neighbourhoods in the same partition. */
  readonly mean: Likeness;
  /** The mean of the attacker's own neighbourhoods nearest to the true place, which the attacker does not know. */
  readonly place: Likeness;
  /** The same, and what embeddings tell beyond it by ridge regression: about the volume, and not where in it. */
  readonly placeAndRidge: Likeness;
  readonly ridge: Likeness;
  readonly network: Likeness;
  /** The network's reconstructions, each held against the truth of another feature of the same partition. */
  readonly shuffled: Likeness;
}

/** What the attack is made with. */
export interface InversionOptions {
  projection: string;
  /** The attacker's own pairs. */
  fit: Pairs;
  /** The attacker's own pairs of other volumes of its own. */
  check: Pairs;
  /** What the victims released, with the truth. */
  victims: Pairs;
  partitions: number;
  steps: number;
  rng: Rng;
}

/** Fits the decoders and judges them. */
export async function invert(options: InversionOptions): Promise<InversionFigures> {
  const { projection, victims, steps, rng } = options;
  const known = { ...options, released: victims };
  const rows = victims.partitions.length;
  const judge = (decoded: Float32Array) => likenessOf(decoded, victims.targets, rows);
  const network = await decodeByNetwork(known, { steps, rng: rng.fork("network") });
  const { place, placeAndRidge } = await decodeByPlace(known, victims);
  const pairing = derange(victims.partitions, rng.fork("shuffle"));
  const paired = [...pairing.keys()].filter((row) => pairing[row] !== row);
  const width = victims.targets.length / rows;
  const pick = (from: Float32Array, rows: readonly number[]) =>
    Float32Array.from(rows.flatMap((row) => [...from.subarray(row * width, (row + 1) * width)]));
  const others = pick(network, paired.map((row) => pairing[row]));
  return {
    ...{ projection, rows },
    mean: judge(decodeByMean(known)),
    place: judge(place),
    placeAndRidge: judge(placeAndRidge),
    ridge: judge(await decodeByRidge(known)),
    network: judge(network),
    shuffled: likenessOf(others, pick(victims.targets, paired), paired.length),
  };
}

/** For each row another row of its partition; itself where it is alone there. */
export function derange(partitions: Int32Array, rng: Rng): Int32Array {
  const pairing = new Int32Array(partitions.length);
  const groups = Map.groupBy(partitions.keys(), (row) => partitions[row]);
  for (const group of groups.values()) {
    const order = rng.shuffle(group);
    order.forEach((row, i) => pairing[row] = order[(i + 1) % order.length]);
  }
  return pairing;
}

/** Compares row by row. */
export function likenessOf(decoded: Float32Array, truth: Float32Array, rows: number): Likeness {
  const width = truth.length / rows;
  let [correlation, similarity, error] = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const [a, b] = [decoded, truth].map((values) => values.subarray(row * width, (row + 1) * width));
    const statistics = jointMoments(a, b);
    correlation += correlationOf(statistics) / rows;
    similarity += structuralSimilarity(statistics) / rows;
    for (let i = 0; i < width; i++) error += (a[i] - b[i]) ** 2 / truth.length;
  }
  return { correlation, similarity, error };
}

interface JointMoments {
  means: readonly [number, number];
  variances: readonly [number, number];
  covariance: number;
}

function jointMoments(a: Float32Array, b: Float32Array): JointMoments {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [varianceA, varianceB, covariance] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    varianceA += (a[i] - meanA) ** 2 / a.length;
    varianceB += (b[i] - meanB) ** 2 / a.length;
    covariance += (a[i] - meanA) * (b[i] - meanB) / a.length;
  }
  return { means: [meanA, meanB], variances: [varianceA, varianceB], covariance };
}

/** 0 where a side is constant. */
function correlationOf({ variances: [a, b], covariance }: JointMoments): number {
  return a > 0 && b > 0 ? covariance / Math.sqrt(a * b) : 0;
}

/** The range of a normalised volume that the constants below are shares of: three standard deviations either way. */
const RANGE = 6;

/**
 * SSIM (Wang et al., IEEE Transactions on Image Processing 13:600, 2004, equation 13) with its constants .01 and .03.
 */
function structuralSimilarity({ means: [a, b], variances: [va, vb], covariance }: JointMoments): number {
  const [c1, c2] = [(0.01 * RANGE) ** 2, (0.03 * RANGE) ** 2];
  return (2 * a * b + c1) * (2 * covariance + c2) / ((a * a + b * b + c1) * (va + vb + c2));
}
