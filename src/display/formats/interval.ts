/** A mean with the interval in which it lies: "0.78 (0.61–0.90)". */
export function formatInterval({ mean, low, high }: { mean: number; low: number; high: number }): string {
  return `${mean.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}
