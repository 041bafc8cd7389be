import { NONE } from "./none.ts";

/** A Dice coefficient with three decimals. */
export function formatDice(value: number | null): string {
  return value === null || !Number.isFinite(value) ? NONE : value.toFixed(3);
}
