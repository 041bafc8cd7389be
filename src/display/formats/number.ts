import { NONE } from "./none.ts";

/** A figure with `digits` significant digits, and no trailing zeros. */
export function formatNumber(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  return String(Number(value.toPrecision(digits)));
}
