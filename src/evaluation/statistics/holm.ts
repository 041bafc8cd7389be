/**
 * Holm's correction for several tests (Holm, Scandinavian Journal of Statistics 6:65, 1979).
 *
 * @module
 */

/**
 * Adjusted p-values in the order given: the smallest is multiplied by the number of tests, the next by one less, and so
 * on, none smaller than one before it and none above 1. Whoever calls significant what is below alpha errs in any test
 * of the family with a probability of at most alpha.
 *
 * @throws {RangeError} if a p-value is not in [0, 1].
 */
export function holm(pValues: readonly number[]): number[] {
  for (const p of pValues) if (!(p >= 0 && p <= 1)) throw new RangeError(`a p-value must lie in [0, 1], got ${p}`);
  const order = [...pValues.keys()].sort((a, b) => pValues[a] - pValues[b]);
  const adjusted = new Array<number>(pValues.length);
  let least = 0;
  order.forEach((at, position) => {
    least = Math.min(1, Math.max(least, pValues[at] * (pValues.length - position)));
    adjusted[at] = least;
  });
  return adjusted;
}
