import { NONE } from "./none.ts";

/** A distance in mm with one decimal, without the unit; "∞" where there is nothing to measure to. */
export function formatMillimetres(value: number | null): string {
  if (value === Infinity) return "∞";
  return value === null || !Number.isFinite(value) ? NONE : value.toFixed(1);
}
