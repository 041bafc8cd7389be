/**
 * Plain averaging of the weights (local SGD): no momentum.
 *
 * @module
 */
import type { OuterOptimiser } from "./outer_optimiser.ts";

/** The update as it is. */
export const plain: OuterOptimiser = {
  name: "plain",
  needsExactMean: false,
  open: () => ({
    contribution: (update) => update,
    correction: () => undefined,
    momentum: () => undefined,
    restore: () => {
      throw new RangeError("plain averaging has no momentum to restore");
    },
  }),
};
