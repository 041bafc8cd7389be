/**
 * How well scores tell members from non-members.
 *
 * @module
 */
import { Rng } from "../../src/core/rng.ts";
import { mean } from "../../src/core/statistics.ts";
import { averageRanks } from "../../src/evaluation/statistics/ranks.ts";

/** Scores of volumes that were trained on, and of volumes that were not: higher means member. */
export interface Scores {
  readonly members: readonly number[];
  readonly nonMembers: readonly number[];
}

/** Area under the ROC curve: the share of pairs in which the member scores higher, ties counting a half. */
export function areaUnderCurve({ members, nonMembers }: Scores): number {
  const { ranks } = averageRanks([...members, ...nonMembers]);
  const sum = ranks.slice(0, members.length).reduce((total, rank) => total + rank, 0);
  return (sum - members.length * (members.length + 1) / 2) / (members.length * nonMembers.length);
}

/** Of members, the share above the lowest threshold that at most the share `rate` of non-members is above. */
export function truePositives({ members, nonMembers }: Scores, rate: number): number {
  const descending = [...nonMembers].sort((a, b) => b - a);
  const threshold = descending[Math.floor(rate * descending.length)] ?? -Infinity;
  return members.filter((score) => score > threshold).length / members.length;
}

/** Mean of the shares of members above the threshold and of non-members that are not. */
export function balancedAccuracy({ members, nonMembers }: Scores, threshold: number): number {
  const above = (scores: readonly number[]) => scores.filter((score) => score > threshold).length / scores.length;
  return (above(members) + 1 - above(nonMembers)) / 2;
}

/** The threshold of greatest balanced accuracy on scores whose membership is known, midway between two of them. */
export function bestThreshold(known: Scores): number {
  const sorted = [...new Set([...known.members, ...known.nonMembers])].sort((a, b) => a - b);
  const between = sorted.slice(1).map((score, i) => (score + sorted[i]) / 2);
  const candidates = [sorted[0] - 1, ...between];
  const accuracies = candidates.map((threshold) => balancedAccuracy(known, threshold));
  return candidates[accuracies.indexOf(Math.max(...accuracies))];
}

/** A mean over runs with its 95 % interval over volumes. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The mean of `statistic` over runs; members and non-members of each run are drawn anew, with repetition, `times`
 * times.
 */
export function bootstrap<Run extends Scores>(
  runs: readonly Run[],
  statistic: (run: Run) => number,
  { times = 1000, seed = 1 } = {},
): Interval {
  const rng = new Rng(seed);
  const again = (values: readonly number[]) => values.map(() => rng.pick(values));
  const meanOver = (runs: readonly Run[]) => mean(runs.map(statistic));
  const means = Array.from(
    { length: times },
    () => meanOver(runs.map((run) => ({ ...run, members: again(run.members), nonMembers: again(run.nonMembers) }))),
  ).sort((a, b) => a - b);
  return { mean: meanOver(runs), low: means[Math.floor(0.025 * times)], high: means[Math.ceil(0.975 * times) - 1] };
}
