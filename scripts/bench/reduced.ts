/**
 * The benchmark's cases at a size that takes milliseconds.
 *
 * @module
 */
import type { Case } from "./cases.ts";

/** The same case, small. */
export function reduced(one: Case): Case {
  if (one.kind === "convolution") return { ...one, shape: [1, 4, 4, 4, one.shape[4]] };
  if (one.kind === "batch") return { ...one, extent: 8 };
  const network = { ...one.network, baseFilters: 2 };
  if (one.kind !== "prediction") return { ...one, network, extent: 16 };
  return { ...one, network, patch: 16, extent: 24, windows: one.windows.map((start) => start.map((at) => at / 4)) };
}
