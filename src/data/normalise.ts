/**
 * Bringing a volume's intensities to zero mean and unit deviation.
 *
 * @module
 */
import { UserError } from "../core/errors.ts";
import { fillGaps, findGaps } from "./gaps.ts";

/** Options of {@linkcode normalise}. */
export interface NormaliseOptions {
  /** The file's name, for errors. */
  where?: string;
  /** Values beyond these percentiles are clipped to them. @default [0.5, 99.5] */
  percentiles?: readonly [number, number];
  /**
   * From this share of exact zeros on, zeros count as air, and mean and deviation are those of the rest. @default 0.25
   */
  airShare?: number;
}

/** How every volume is normalised, for whoever keeps what was trained so. */
export const NORMALISATION: Readonly<Required<Pick<NormaliseOptions, "percentiles" | "airShare">> & { name: string }> =
  Object.freeze({
    name: "clipped z-score",
    percentiles: Object.freeze([0.5, 99.5] as const),
    airShare: 0.25,
  });

/** Values looked at for a percentile; more do not change it visibly. */
const SAMPLE = 200_000;

/**
 * A new array: values that are not finite become the smallest finite one, then all are clipped to the percentiles and
 * brought to mean 0 and standard deviation 1.
 *
 * Where at least `airShare` of the voxels are exactly zero (masked or padded images), mean, deviation and the upper
 * percentile are those of the other voxels, so that the width of the margin does not change how tissue looks.
 *
 * @throws {UserError} if no value is finite, or all are the same.
 */
export function normalise(data: Float32Array, options: NormaliseOptions = {}): Float32Array {
  return normaliseInPlace(data.slice(), options);
}

/** As {@linkcode normalise}, in the memory of `data` itself; returns it. */
export function normaliseInPlace(data: Float32Array, options: NormaliseOptions = {}): Float32Array {
  const { where, airShare = NORMALISATION.airShare } = options;
  const { percentiles: [lowPercentile, highPercentile] = NORMALISATION.percentiles } = options;
  let zeros = 0;
  for (let i = 0; i < data.length; i++) if (data[i] === 0) zeros++;
  fillGaps(data, findGaps([data], where));
  const masked = zeros >= airShare * data.length && zeros < data.length;
  const all = sortedSample(data, () => true);
  const tissue = masked ? sortedSample(data, (value) => value !== 0) : all;
  const low = percentile(all, lowPercentile);
  const high = percentile(tissue, highPercentile);
  // Each pass clips anew: what counts is told by the values before clipping.
  let [sum, count] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    if (masked && data[i] === 0) continue;
    sum += Math.min(Math.max(data[i], low), high);
    count++;
  }
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < data.length; i++) {
    if (masked && data[i] === 0) continue;
    squares += (Math.min(Math.max(data[i], low), high) - mean) ** 2;
  }
  const deviation = Math.sqrt(squares / count);
  if (!(deviation > 1e-7 * Math.max(Math.abs(low), Math.abs(high)))) {
    throw new UserError("normalising a volume: its voxels must not all be the same", { where, value: mean });
  }
  for (let i = 0; i < data.length; i++) data[i] = (Math.min(Math.max(data[i], low), high) - mean) / deviation;
  return data;
}

/** Every n-th of the wanted values, sorted. */
function sortedSample(data: Float32Array, wanted: (value: number) => boolean): Float32Array {
  const stride = Math.max(1, Math.floor(data.length / SAMPLE));
  const sample = new Float32Array(Math.ceil(data.length / stride));
  let count = 0;
  for (let i = 0; i < data.length; i += stride) if (wanted(data[i])) sample[count++] = data[i];
  return count ? sample.subarray(0, count).sort() : sample.subarray(0, 1);
}

function percentile(sorted: Float32Array, percent: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(percent / 100 * (sorted.length - 1))))];
}
