/**
 * Ranks with ties.
 *
 * @module
 */

/** What {@linkcode averageRanks} gives. */
export interface Ranks {
  /** Of each value in the order given, from 1; values that are equal share the mean of their ranks. */
  readonly ranks: readonly number[];
  /** How many values share each value that more than one has. */
  readonly ties: readonly number[];
}

/** Ranks from the smallest up. Infinity is larger than any number and equal to itself. */
export function averageRanks(values: readonly number[]): Ranks {
  const order = [...values.keys()].sort((a, b) => values[a] === values[b] ? 0 : values[a] < values[b] ? -1 : 1);
  const ranks = new Array<number>(values.length);
  const ties: number[] = [];
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && values[order[end]] === values[order[first]]) end++;
    for (let i = first; i < end; i++) ranks[order[i]] = (first + 1 + end) / 2;
    if (end - first > 1) ties.push(end - first);
    first = end;
  }
  return { ranks, ties };
}
