import { NONE } from "./none.ts";

/** A difference with its sign: "+0.041", "−0.012". */
export function formatDifference(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return NONE;
  const text = Math.abs(value).toFixed(3);
  return Number(text) === 0 ? "±0.000" : (value < 0 ? "−" : "+") + text;
}
