import type { Spread } from "../statistics.ts";
import { formatDice } from "./dice.ts";

/**
 * "0.512 ± 0.031"; the deviation is left out where there are too few figures for one.
 *
 * @param format writes the mean. @default three decimals
 * @param digits decimals of the deviation
 */
export function formatSpread(
  { mean, sd }: Pick<Spread, "mean" | "sd">,
  format: (value: number | null) => string = formatDice,
  digits = 3,
): string {
  return sd === null ? format(mean) : `${format(mean)} ± ${sd.toFixed(digits)}`;
}
