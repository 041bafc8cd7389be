/**
 * Soft Dice + cross-entropy and its gradient, each in one pass over the voxels.
 *
 * @module
 */

import { voxelLossGradientKernel, voxelLossKernel, type VoxelLossSettings } from "../../ops/voxel_loss.ts";
import { defineKernel } from "../define_kernel.ts";
import { addRows, pieces } from "./_pieces.ts";
import type { KernelModule } from "./module.ts";

/** Bytes that the kernel works on for each class: a strip of 128 voxels; see the source in `assembly/`. */
const ROW_BYTES = 512;

/** What exp, log, sums and divisions cost, in values that are merely copied. */
const COST = 4;

/**
 * The loss, and what its gradient is made of, from the sums over all voxels: of p where the class is the label, of p,
 * and of -log p where the class is the label, [3][classes].
 *
 * @returns factors: [3][classes], the a, b and w of the kernel `softmaxGradient`
 */
function finish(sums: Float64Array, { dice, crossEntropy, smooth, classSizes, classWeights }: VoxelLossSettings) {
  const classes = classSizes.length;
  const factors = new Float32Array(3 * classes);
  let [loss, missed] = [0, 1];
  for (let c = 0; c < classes; c++) {
    const extent = sums[classes + c] + classSizes[c] + smooth;
    const share = c === 0 ? 0 : 1 / (classes - 1); // the background has no part in the Dice
    const score = (2 * sums[c] + smooth) / extent;
    if (c > 0) missed -= score * share;
    loss += crossEntropy * classWeights[c] * sums[2 * classes + c];
    factors[c] = c === 0 ? 0 : dice * score * share / extent;
    factors[classes + c] = c === 0 ? 0 : dice * 2 * share / extent;
    factors[2 * classes + c] = crossEntropy * classWeights[c];
  }
  return { loss: loss + dice * missed, factors };
}

/** Registers both. */
export function registerVoxelLoss(module: KernelModule): void {
  defineKernel("wasm", voxelLossKernel, ({ logits, labels }, settings) => {
    const classes = logits.shape.at(-1)!;
    const [value, p, factors] = [[], logits.shape, [3, classes]].map((shape) => module.output(shape));
    const [from, classOf, to] = [logits, labels, p].map((tensor) => module.pointer(tensor));
    const parts = pieces(labels.shape[0], classes * COST);
    const sumBytes = classes * 3 * 8;
    const partBytes = sumBytes + ROW_BYTES * (classes + 2);
    const sums = module.withScratch(parts.length * partBytes, (scratch) => {
      const strips = scratch + parts.length * sumBytes;
      module.run(parts.map(({ start, count }, i) => [
        "softmaxSums",
        ...[from + start * classes * 4, classOf + start * 4, to + start * classes * 4, count, classes],
        ...[scratch + i * sumBytes, strips + i * ROW_BYTES * (classes + 2)],
      ]));
      return addRows(module, scratch, parts.length, classes * 3);
    });
    const result = finish(sums, settings);
    module.floats(module.pointer(value), 1)[0] = result.loss;
    module.floats(module.pointer(factors), 3 * classes).set(result.factors);
    return [value, p, factors];
  });
  defineKernel("wasm", voxelLossGradientKernel, ({ dy, p, labels, factors }) => {
    const classes = p.shape.at(-1)!;
    const dx = module.output(p.shape);
    const [from, classOf, to] = [p, labels, dx].map((tensor) => module.pointer(tensor));
    module.withScratch(3 * classes * 4, (scaled) => {
      const [incoming] = module.floats(module.pointer(dy), 1);
      const plain = module.floats(module.pointer(factors), 3 * classes);
      module.floats(scaled, 3 * classes).set(plain.map((factor) => factor * incoming));
      module.run(
        pieces(labels.shape[0], classes * COST).map(({ start, count }) => [
          "softmaxGradient",
          ...[from + start * classes * 4, classOf + start * 4, to + start * classes * 4, count, classes, scaled],
        ]),
      );
    });
    return dx;
  });
}
