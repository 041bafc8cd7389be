/** A part of a whole in percent: "40.0 %". */
export function formatShare(part: number, whole: number): string {
  return `${(100 * part / whole).toFixed(1)} %`;
}
