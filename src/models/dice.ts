/**
 * The Dice that a model says of itself.
 *
 * @module
 */
import { meanOf } from "../display/statistics.ts";
import type { SegmentationDescription } from "./description.ts";

/** One test case's Dice by structure; null where it is not defined. */
export interface TestedCase {
  readonly perClass: Readonly<Record<string, number | null>>;
}

/** Means over the cases, by structure; null where nothing was tested. */
export function diceOf(dice: readonly TestedCase[], labels: readonly string[]): SegmentationDescription["dice"] {
  if (dice.length === 0) return null;
  const structures = labels.map((name) => {
    const values = dice.map(({ perClass }) => perClass[name] ?? null).filter((value) => value !== null);
    return [name, { mean: meanOf(values), cases: values.length }] as const;
  });
  const means = structures.map(([, { mean }]) => mean).filter((mean) => mean !== null);
  return { cases: dice.length, mean: meanOf(means), structures: Object.fromEntries(structures) };
}
