/**
 * Blockwise linear quantisation (as in Dettmers et al. 2022, "8-bit optimizers via block-wise quantization", with equal
 * steps): each block has a float32 scale s = max|x| / levels, and each value is the nearest of −levels·s … levels·s, so
 * it is off by at most s / 2.
 *
 * @module
 */
import { MAX_MAGNITUDE, refuse } from "./compressor.ts";

/** The smallest normal float32: a block whose scale would be below it is sent as zeros. */
const MIN_SCALE = 2 ** -126;

/** How many blocks there are. */
export const blockCount = (values: number, blockSize: number) => Math.ceil(values / blockSize);

/** The scales of some blocks of `vector`, from `from` to before `to`. */
export function blockScales(
  vector: Float32Array,
  scales: Float32Array,
  { size, levels, from, to }: { size: number; levels: number; from: number; to: number },
): void {
  for (let block = from; block < to; block++) {
    const end = Math.min((block + 1) * size, vector.length);
    let most = 0;
    for (let i = block * size; i < end; i++) {
      const magnitude = Math.abs(vector[i]);
      if (magnitude > most) most = magnitude;
    }
    const scale = Math.fround(most / levels);
    scales[block] = scale < MIN_SCALE ? 0 : scale;
  }
}

/** @throws {CompressionError} if a scale is none that {@linkcode blockScales} makes. */
export function checkScales(scales: Float32Array, levels: number): void {
  for (const scale of scales) {
    if (!(scale === 0 || (scale >= MIN_SCALE && scale <= Math.fround(MAX_MAGNITUDE / levels)))) {
      refuse(`a block's scale must be 0 or from ${MIN_SCALE} to ${MAX_MAGNITUDE / levels}, got ${scale}`);
    }
  }
}
