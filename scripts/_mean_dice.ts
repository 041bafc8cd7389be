/**
 * How well a trainer's network segments.
 *
 * @module
 */
import { scoreSite } from "../src/display/site_scores.ts";
import type { Trainer } from "../src/peer/trainer.ts";

/** Fine-tunes from the pre-trained weights as they are; the mean Dice over test cases and labels. */
export async function meanDice(trainer: Trainer): Promise<number> {
  const { dice } = await trainer.segment("pretrained", () => {}, () => {});
  return scoreSite(dice.map(({ perClass }) => perClass), Object.keys(dice[0].perClass)).mean!;
}
