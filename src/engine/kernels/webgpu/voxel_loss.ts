/**
 * Soft Dice + cross-entropy in one pass over the voxels and two small launches after it, and its gradient in one
 * launch.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { taughtLossGradientKernel, taughtLossKernel } from "../../ops/taught_labels.ts";
import { voxelLossGradientKernel, voxelLossKernel, type VoxelLossSettings } from "../../ops/voxel_loss.ts";
import type { WebgpuBackend } from "./backend.ts";
import { defineWebgpuKernel } from "./define_kernel.ts";
import { unrolled } from "./convolution.ts";
import { elementJobs, elementwise, type Program, remember } from "./program.ts";
import { reduceMiddle } from "./reduce.ts";
import { rowThreads, totalFunction } from "./rows.ts";

/** Voxels that each thread takes before sums are joined. */
const voxelsPerThread = 8;

/**
 * p, the softmax of the logits, and of each stretch of voxels the sums of p where the class is the label, of p, and of
 * -log p where the class is the label: partial [stretches, 3, classes]. A voxel whose label is below 0 is in no sum.
 */
const softmaxSums = remember((classes: number): Program => ({
  name: "voxelLoss: softmax",
  writes: { p: "f32", partial: "f32" },
  reads: { logits: "f32", labels: "i32" },
  integers: ["voxels"],
  threads: rowThreads,
  declarations: totalFunction(rowThreads),
  body: `
  ${unrolled(classes, (c) => `var overlap${c} = 0.0; var mass${c} = 0.0; var surprise${c} = 0.0;`)}
  for (var i = 0; i < ${voxelsPerThread}; i++) {
    let voxel = (job * ${voxelsPerThread} + i) * threads + thread;
    if (voxel < uniforms.voxels) {
      let start = voxel * ${classes};
      let label = labels[voxel];
      ${unrolled(classes, (c) => `let logit${c} = logits[start + ${c}];`)}
      var largest = logit0;
      ${unrolled(classes, (c) => `largest = max(largest, logit${c});`)}
      var powers = 0.0;
      ${unrolled(classes, (c) => `let power${c} = exp(logit${c} - largest); powers += power${c};`)}
      let logarithm = log(powers) + largest;
      ${
    unrolled(classes, (c) => `
      let p${c} = power${c} / powers;
      p[start + ${c}] = p${c};
      mass${c} += select(0.0, p${c}, label >= 0);
      if (label == ${c}) { overlap${c} += p${c}; surprise${c} += logarithm - logit${c}; }`)
  }
    }
  }
  let to = job * ${3 * classes};
  ${
    ["overlap", "mass", "surprise"].map((sum, place) =>
      unrolled(classes, (c) => `
  { let all = total(thread, ${sum}${c}); if (thread == 0) { partial[to + ${place * classes + c}] = all; } }`)
    ).join("")
  }`,
}));

/**
 * The loss, and factors [3, classes] of its gradient: what multiplies p, what the label's class has less, and the
 * weight of the cross-entropy. `known` is [2, classes]: the voxels of each class and their weight.
 */
const finish: Program = {
  name: "voxelLoss: finish",
  writes: { loss: "f32", factors: "f32" },
  reads: { sums: "f32", known: "f32" },
  integers: ["classes"],
  floats: ["dice", "crossEntropy", "smoothTerm"],
  threads: 64,
  body: `
  if (thread == 0) {
    let classes = uniforms.classes;
    var missed = 1.0;
    var entropy = 0.0;
    for (var c = 0; c < classes; c++) {
      let extent = sums[classes + c] + known[c] + uniforms.smoothTerm;
      let share = select(1.0 / f32(classes - 1), 0.0, c == 0); // the background has no part in the Dice
      let score = (2.0 * sums[c] + uniforms.smoothTerm) / extent;
      let weight = uniforms.crossEntropy * known[classes + c];
      missed -= score * share;
      entropy += weight * sums[2 * classes + c];
      factors[c] = uniforms.dice * score * share / extent;
      factors[classes + c] = uniforms.dice * 2.0 * share / extent;
      factors[2 * classes + c] = weight;
    }
    loss[0] = uniforms.dice * missed + entropy;
  }`,
};

/** The gradient of the logits: a thread for each voxel; 0 where the label is below 0. */
const gradient = remember((classes: number): Program =>
  elementwise({
    name: "voxelLossGradient",
    writes: { dx: "f32" },
    reads: { dy: "f32", p: "f32", labels: "i32", factors: "f32" },
    body: `
  let start = index * ${classes};
  let label = labels[index];
  if (label < 0) {
    ${unrolled(classes, (c) => `dx[start + ${c}] = 0.0;`)}
    return;
  }
  let ofLabel = factors[${classes} + label];
  let weight = factors[${2 * classes} + label];
  var mean = -p[start + label] * ofLabel;
  ${unrolled(classes, (c) => `let p${c} = p[start + ${c}]; mean += p${c} * factors[${c}];`)}
  ${
      unrolled(classes, (c) => `
  {
    let hit = select(0.0, 1.0, label == ${c});
    dx[start + ${c}] = dy[0] * (p${c} * (factors[${c}] - hit * ofLabel - mean) + weight * (p${c} - hit));
  }`)
    }`,
  })
);

/** The loss, p and factors; `known` as {@linkcode finish} has it. */
function lossOf(
  backend: WebgpuBackend,
  { logits, labels, known }: Record<"logits" | "labels" | "known", tf.TensorInfo>,
  { dice, crossEntropy, smooth }: Pick<VoxelLossSettings, "dice" | "crossEntropy" | "smooth">,
): tf.TensorInfo[] {
  const classes = logits.shape.at(-1)!;
  const voxels = labels.shape[0];
  const [loss, p, factors] = [[], logits.shape, [3, classes]].map((shape) => backend.output(shape));
  const stretches = Math.ceil(voxels / (rowThreads * voxelsPerThread));
  const partial = backend.output([stretches, 3, classes]);
  backend.launch(softmaxSums(classes), { p, partial, logits, labels }, { voxels }, stretches);
  const sums = reduceMiddle(backend, "sum", partial, [1, stretches, 3 * classes], [3, classes]);
  backend.launch(finish, { loss, factors, sums, known }, { classes, dice, crossEntropy, smoothTerm: smooth }, 1);
  backend.free(partial, sums);
  return [loss, p, factors];
}

/** Registers both, of labels that came from here and of those that only the card knows. */
export function registerVoxelLoss(): void {
  defineWebgpuKernel(voxelLossKernel, (backend, { logits, labels }, { classSizes, classWeights, ...settings }) => {
    const values = Float32Array.of(...classSizes, ...classWeights);
    const known = backend.makeTensorInfo([2, classSizes.length], "float32", values);
    const given = lossOf(backend, { logits, labels, known }, settings);
    backend.free(known);
    return given;
  });
  defineWebgpuKernel(
    taughtLossKernel,
    (backend, { logits, labels, table: known }, settings) => lossOf(backend, { logits, labels, known }, settings),
  );
  for (const kernel of [voxelLossGradientKernel, taughtLossGradientKernel]) {
    defineWebgpuKernel(kernel, (backend, { dy, p, labels, factors }) => {
      const dx = backend.output(p.shape);
      const count = labels.shape[0];
      backend.launch(gradient(p.shape.at(-1)!), { dx, dy, p, labels, factors }, { count }, elementJobs(count));
      return dx;
    });
  }
}
