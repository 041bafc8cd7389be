/**
 * Which structures lie in one piece, as the labelled cases show it: of their predictions only the largest part is kept
 * (nnU-Net's post-processing, Isensee et al. 2021, decided on labels that the site has anyway).
 *
 * @module
 */
import { largestShares } from "../data/labels/largest_parts.ts";
import type { PreparedCase } from "../data/prepare.ts";

/** The share of a structure's voxels that its largest part must have: a few are cut off where voxels are coarse. */
const ONE_PIECE = 0.95;

/**
 * The label values, ascending, of structures that lie in one piece in each of the cases that show them; none where no
 * case does.
 */
export function singlePartValues(cases: readonly Pick<PreparedCase, "label" | "shape" | "source">[]): number[] {
  const isSingle = new Map<number, boolean>();
  for (const { label, shape: [z, y, x], source: { labelValues } } of cases) {
    if (!label) continue;
    for (const [part, share] of largestShares(label, [x, y, z], labelValues.keys().drop(1))) {
      const value = labelValues[part];
      isSingle.set(value, (isSingle.get(value) ?? true) && share >= ONE_PIECE);
    }
  }
  return [...isSingle].filter(([, single]) => single).map(([value]) => value).sort((a, b) => a - b);
}
