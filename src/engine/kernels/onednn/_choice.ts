/**
 * When the wasm engine's own kernels are the better choice.
 *
 * @module
 */

import type { Convolution } from "../convolution.ts";
import { suitsWinograd } from "../wasm/winograd.ts";
import type { Kind } from "./_binding.ts";

/**
 * Channels up to which the library's kernels leave vectors half empty, by 512 bits of 16 values. The wasm engine's
 * Winograd kernels, which do with fewer products, were faster there.
 */
const NARROW = 8;

/** Whether to leave a convolution that the library would compute by `implementation` to the wasm engine's kernels. */
export function prefersWasm(kind: Kind, geometry: Convolution, implementation: string): boolean {
  if (implementation.startsWith("ref")) return true;
  const { channelsIn, channelsOut } = geometry;
  const written = kind === "inputGradient" ? channelsIn : channelsOut;
  const isPoor = written <= NARROW || implementation.includes("gemm"); // which unfolds x into a matrix first
  return isPoor && suitsWinograd(geometry) && (kind !== "filterGradient" || channelsOut % 8 === 0);
}
