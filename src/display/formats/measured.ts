/** A measured figure with about three digits: two behind the point below ten, one below a hundred, none above. */
export function formatMeasured(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
