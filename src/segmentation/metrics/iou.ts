/**
 * IoU: the intersection of two masks over their union, |A and B| / |A or B| (Jaccard, New Phytologist 11:37, 1912). It
 * ranks as Dice does: IoU = Dice / (2 - Dice).
 *
 * @module
 */
import type { Metric } from "./metric.ts";

/** In [0, 1]; null and 0 as Dice has them. */
export const iou: Metric = {
  name: "iou",
  title: "IoU",
  unit: null,
  better: "higher",
  range: [0, 1],
  infinite: false,
  measure({ overlap: { prediction, truth, both } }) {
    return prediction + truth === 0 ? null : both / (prediction + truth - both);
  },
};
