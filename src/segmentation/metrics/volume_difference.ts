/**
 * The volume of the prediction less that of the truth, in ml: positive where too much was found, so that a mean over
 * cases shows a bias, and its spread how far single cases may be off (Bland and Altman, The Lancet 327:307, 1986).
 *
 * @module
 */
import type { Metric } from "./metric.ts";

/** mm^3 in a ml. */
const ML = 1000;

/**
 * In ml. It is null where the voxel size is not known, or neither prediction nor truth has the label; where only one
 * has it, it is that one's volume.
 */
export const volumeDifference: Metric = {
  name: "volume-difference",
  title: "Volume difference",
  unit: "ml",
  better: "nearer-zero",
  range: [-Infinity, Infinity],
  infinite: false,
  measure({ overlap: { prediction, truth }, spacing }) {
    if (spacing === null || prediction + truth === 0) return null;
    const [x, y, z] = spacing;
    return (prediction - truth) * x * y * z / ML;
  },
};
