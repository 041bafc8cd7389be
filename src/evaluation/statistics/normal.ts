/**
 * The standard normal distribution's tail.
 *
 * @module
 */

/** From here on the continued fraction is used, which converges the faster the further out. */
const SERIES_UP_TO = 2;
/** The continued fraction from its 300th level up has reached the last bit at 2 / sqrt(2). */
const LEVELS = 300;

/**
 * The probability that a standard normal variable exceeds `z`, to about 13 significant digits.
 *
 * @param z any number; Infinity gives 0
 */
export function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  return complementaryError(z / Math.SQRT2) / 2;
}

/** erfc(x) for x of at least 0: 1 less the series of DLMF 7.6.2, or the continued fraction of DLMF 7.9.2. */
function complementaryError(x: number): number {
  const scale = Math.exp(-x * x);
  if (x < SERIES_UP_TO) {
    let term = x, sum = x;
    for (let n = 1; term > sum * Number.EPSILON / 4; n++) sum += term *= 2 * x * x / (2 * n + 1);
    return 1 - 2 / Math.sqrt(Math.PI) * scale * sum;
  }
  if (x === Infinity) return 0;
  let fraction = x;
  for (let level = LEVELS; level > 0; level--) fraction = x + level / 2 / fraction;
  return scale / (fraction * Math.sqrt(Math.PI));
}
