/**
 * The comparison in one honest sentence.
 *
 * @module
 */
import type { RunReport } from "./schema.ts";

/** Whether pre-training is ahead of training from scratch by more than the paired difference spreads over the sites. */
export function verdict({ objective, dice: { difference } }: Pick<RunReport, "objective" | "dice">): string {
  const { mean, sd, sites } = difference;
  if (mean === null) return "No site has Dice for both methods, so they cannot be compared.";
  const size = Math.abs(mean).toFixed(3);
  if (sd === null) {
    return `At the one site ${objective} is ${
      mean < 0 ? "behind" : "ahead of"
    } training from scratch by ${size} Dice; ` +
      "one site gives no spread to judge it by.";
  }
  const spread = `the ±${sd.toFixed(3)} by which that varies over ${sites} sites`;
  if (Math.abs(mean) <= sd) {
    return `${objective} and training from scratch differ by ${size} Dice, within ${spread}: this run does not tell them apart.`;
  }
  return `${objective} is ${
    mean < 0 ? "behind" : "ahead of"
  } training from scratch by ${size} Dice, more than ${spread}.`;
}
