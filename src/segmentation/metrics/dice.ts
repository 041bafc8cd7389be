/**
 * Dice's coefficient: the overlap of two masks, 2 |A and B| / (|A| + |B|) (Dice 1945, Ecology 26:297).
 *
 * @module
 */
import type { Metric } from "./metric.ts";

/**
 * In [0, 1]. Where neither prediction nor truth has the label, it is not defined: null, which counts in no mean. Where
 * only one has it, it is 0.
 */
export const dice: Metric = {
  name: "dice",
  title: "Dice",
  unit: null,
  better: "higher",
  range: [0, 1],
  infinite: false,
  measure({ overlap: { prediction, truth, both } }) {
    return prediction + truth === 0 ? null : 2 * both / (prediction + truth);
  },
};
