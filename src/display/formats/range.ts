import type { MiddleAndRange } from "../statistics.ts";
import { formatMeasured } from "./measured.ts";

/**
 * A middle value with the least and the greatest: "3.46 (1.00 to 20.0)"; alone where there is no range.
 *
 * @param format writes each of them. @default about three digits
 */
export function formatRange(
  { value, range }: Pick<MiddleAndRange, "value"> & Partial<MiddleAndRange>,
  format: (value: number) => string = formatMeasured,
): string {
  return range ? `${format(value)} (${format(range[0])} to ${format(range[1])})` : format(value);
}
