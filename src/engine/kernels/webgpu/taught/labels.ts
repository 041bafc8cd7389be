/**
 * Labels that stay on the card: made of logits, picked together, made coarser, counted.
 *
 * @module
 */

import { sizeOf } from "../../../../core/vectors.ts";
import {
  classTableKernel,
  coarsenLabelsKernel,
  pickLabelsKernel,
  sureLabelsKernel,
} from "../../../ops/taught_labels.ts";
import { unrolled } from "../convolution.ts";
import { defineWebgpuKernel } from "../define_kernel.ts";
import { elementJobs, elementwise, type Program, remember } from "../program.ts";

const sureLabels = remember((classes: number): Program =>
  elementwise({
    name: "sureLabels",
    writes: { labels: "i32" },
    reads: { logits: "f32" },
    floats: ["threshold"],
    body: `
  let start = index * ${classes};
  var best = 0;
  var largest = logits[start];
  for (var c = 1; c < ${classes}; c++) {
    if (logits[start + c] > largest) { largest = logits[start + c]; best = c; }
  }
  var powers = 0.0;
  for (var c = 0; c < ${classes}; c++) { powers += exp(logits[start + c] - largest); }
  // by its bits: a compiler may take for granted that there is no other
  let isFinite = (bitcast<u32>(powers) & 0x7f800000u) != 0x7f800000u;
  labels[index] = select(-1, best, isFinite && 1.0 / powers >= uniforms.threshold);`,
  })
);

const pickLabels = elementwise({
  name: "pickLabels",
  writes: { labels: "i32" },
  reads: { taught: "i32", given: "i32", places: "i32" },
  integers: ["first"],
  body: `
  let place = places[index];
  if (place < uniforms.first) { labels[index] = taught[place]; } else { labels[index] = given[place - uniforms.first]; }`,
});

/** Of a window: every class's voxels are counted, then the first in it that has most. Class -1 is counted, too. */
const coarsenLabels = remember((classes: number): Program =>
  elementwise({
    name: "coarsenLabels",
    writes: { coarse: "i32" },
    reads: { labels: "i32" },
    integers: ["height", "width", "z", "y", "x"],
    body: `
  let columns = uniforms.width / uniforms.x;
  let rows = uniforms.height / uniforms.y;
  let row = index / columns;
  let start = (row / rows * uniforms.z * uniforms.height + row % rows * uniforms.y) * uniforms.width +
    index % columns * uniforms.x;
  var counts: array<i32, ${classes + 1}>;
  for (var z = 0; z < uniforms.z; z++) { for (var y = 0; y < uniforms.y; y++) { for (var x = 0; x < uniforms.x; x++) {
    counts[labels[start + (z * uniforms.height + y) * uniforms.width + x] + 1] += 1;
  } } }
  var most = labels[start];
  for (var z = 0; z < uniforms.z; z++) { for (var y = 0; y < uniforms.y; y++) { for (var x = 0; x < uniforms.x; x++) {
    let label = labels[start + (z * uniforms.height + y) * uniforms.width + x];
    if (counts[label + 1] > counts[most + 1]) { most = label; }
  } } }
  coarse[index] = most;`,
  })
);

/** Sets integers to a value. */
export const fill: Program = elementwise({
  name: "fill integers",
  writes: { values: "i32" },
  reads: {},
  integers: ["value"],
  body: `values[index] = uniforms.value;`,
});

/** Voxels that a thread counts before it adds to what all share. */
const perThread = 64;

const countLabels = remember((classes: number): Program =>
  elementwise({
    name: "countLabels",
    writes: { counts: "atomic<i32>" },
    reads: { labels: "i32" },
    integers: ["voxels"],
    body: `
  ${unrolled(classes, (c) => `var count${c} = 0;`)}
  for (var voxel = index; voxel < uniforms.voxels; voxel += uniforms.count) {
    let label = labels[voxel];
    ${unrolled(classes, (c) => `if (label == ${c}) { count${c} += 1; }`)}
  }
  ${unrolled(classes, (c) => `if (count${c} > 0) { atomicAdd(&counts[${c}], count${c}); }`)}`,
  })
);

const tableOf: Program = {
  name: "classTable",
  writes: { table: "f32", share: "f32" },
  reads: { counts: "i32" },
  integers: ["classes", "voxels"],
  floats: ["balance"],
  threads: 64,
  body: `
  if (thread == 0) {
    var all = 0;
    var total = 0.0;
    for (var c = 0; c < uniforms.classes; c++) {
      let size = f32(counts[c]);
      all += counts[c];
      if (counts[c] > 0) { total += size * pow(size, -uniforms.balance); }
    }
    for (var c = 0; c < uniforms.classes; c++) {
      let size = f32(counts[c]);
      table[c] = size;
      var weight = 0.0;
      if (counts[c] > 0) { weight = pow(size, -uniforms.balance) / total; }
      table[uniforms.classes + c] = weight;
    }
    share[0] = f32(all) / f32(uniforms.voxels);
  }`,
};

/** Registers them. */
export function registerTaughtLabels(): void {
  defineWebgpuKernel(sureLabelsKernel, (backend, { logits }, { threshold }) => {
    const classes = logits.shape.at(-1)!, count = sizeOf(logits.shape) / classes;
    const labels = backend.output([count], "int32");
    backend.launch(sureLabels(classes), { labels, logits }, { count, threshold }, elementJobs(count));
    return labels;
  });
  defineWebgpuKernel(pickLabelsKernel, (backend, { taught, given, places }) => {
    const [count] = places.shape, labels = backend.output([count], "int32");
    const scalars = { count, first: taught.shape[0] };
    backend.launch(pickLabels, { labels, taught, given, places }, scalars, elementJobs(count));
    return labels;
  });
  defineWebgpuKernel(coarsenLabelsKernel, (backend, { labels }, { shape, factor, classes }) => {
    const [, , height, width] = shape, [z, y, x] = factor;
    const count = sizeOf(shape) / sizeOf(factor), coarse = backend.output([count], "int32");
    const scalars = { count, height, width, z, y, x };
    backend.launch(coarsenLabels(classes), { coarse, labels }, scalars, elementJobs(count));
    return coarse;
  });
  defineWebgpuKernel(classTableKernel, (backend, { labels }, { classes, balance }) => {
    const voxels = labels.shape[0], counts = backend.output([classes], "int32");
    const [table, share] = [[2, classes], []].map((shape) => backend.output(shape));
    backend.launch(fill, { values: counts }, { count: classes, value: 0 }, elementJobs(classes));
    const count = Math.ceil(voxels / perThread);
    backend.launch(countLabels(classes), { counts, labels }, { count, voxels }, elementJobs(count));
    backend.launch(tableOf, { table, share, counts }, { classes, voxels, balance }, 1);
    backend.free(counts);
    return [table, share];
  });
}
