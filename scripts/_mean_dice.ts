/**
 * How well a trainer's network segments.
 *
 * @module
 */
import { meanOf } from "../src/peer/report/aggregate.ts";
import type { Trainer } from "../src/peer/trainer.ts";

/** Fine-tunes from the pre-trained weights as they are; the mean Dice over test cases and labels. */
export async function meanDice(trainer: Trainer): Promise<number> {
  const { dice } = await trainer.segment("pretrained", () => {}, () => {});
  const labels = Object.keys(dice[0].perClass);
  return meanOf(labels.map((label) => meanOf(dice.map(({ perClass }) => perClass[label]))))!;
}
