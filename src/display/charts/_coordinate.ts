/** A coordinate with one decimal, which is finer than the eye. */
export function coordinate(value: number): number {
  return Math.round(value * 10) / 10;
}
