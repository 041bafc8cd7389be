/** Lists that are compared whatever their order. */

/** Whether two lists without repetitions hold the same. */
export function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && new Set([...one, ...other]).size === new Set(one).size;
}
