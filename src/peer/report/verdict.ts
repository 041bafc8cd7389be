/**
 * The comparison in one honest sentence.
 *
 * @module
 */
import { formatDice } from "../../display/formats/dice.ts";
import { hasBaseline } from "./_methods.ts";
import type { RunReport } from "./schema.ts";

const INCOMPARABLE = "No site has Dice for both methods, so they cannot be compared.";

/** Whether any site has been tested. */
export function hasDice({ sites }: Pick<RunReport, "sites">): boolean {
  return sites.some(({ dice }) => dice.length > 0);
}

/** Names the sites without Dice where others have it; undefined where all do, or none. */
export function lackingDice({ sites }: Pick<RunReport, "sites">): string | undefined {
  const names = sites.filter(({ dice }) => dice.length === 0).map(({ name }) => name);
  if (names.length === 0 || names.length === sites.length) return undefined;
  return `Without Dice, for want of labelled or test cases: ${names.join(", ")}.`;
}

/** Why no site has Dice. */
function whyNoDice({ sites }: Pick<RunReport, "sites">): string {
  if (sites.length === 0) return INCOMPARABLE;
  return sites.every(({ cases }) => cases.labelled === 0)
    ? "No site has labelled cases to fine-tune with: this run is pre-training, and there is no Dice."
    : "No site has both labelled cases and test cases: there is no Dice.";
}

/**
 * Whether pre-training is ahead of training from scratch by more than the paired difference spreads over the sites; where
 * nothing was trained from scratch, that it is not known.
 */
export function verdict(report: Pick<RunReport, "objective" | "dice" | "sites">): string {
  const { objective, dice: { difference, pretrained } } = report;
  const { mean, sd, sites } = difference;
  if (hasDice(report) && !hasBaseline(report)) {
    return `Mean Dice of ${objective} is ${formatDice(pretrained.mean)}. Nothing was trained from scratch beside it, ` +
      'which "fineTune.baseline" asks for: this run does not tell what pre-training gains.';
  }
  if (mean === null) return hasDice(report) ? INCOMPARABLE : whyNoDice(report);
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
