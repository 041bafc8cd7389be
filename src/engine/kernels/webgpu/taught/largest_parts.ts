/**
 * The largest connected part of each class in each patch, found on the card: every voxel begins as its own part, parts
 * that touch are joined at their first voxels by atomic minima (Komura 2015, Computer Physics
 * Communications 194), sizes are counted, and what is not of the largest goes.
 *
 * @module
 */

import { largestPartsKernel } from "../../../ops/taught_labels.ts";
import { sizeOf } from "../../../../core/vectors.ts";
import { defineWebgpuKernel } from "../define_kernel.ts";
import { elementJobs, elementwise, type Program } from "../program.ts";
import { fill } from "./labels.ts";

/** WGSL: a part's first voxel, which has no parent but itself. */
const find = `
fn find(voxel: i32) -> i32 {
  var at = voxel;
  loop {
    let above = atomicLoad(&parents[at]);
    if (above == at) { break; }
    at = above;
  }
  return at;
}`;

const begin: Program = elementwise({
  name: "largestParts: begin",
  writes: { parents: "i32", sizes: "i32" },
  reads: {},
  body: `
  parents[index] = index;
  sizes[index] = 0;`,
});

const join: Program = elementwise({
  name: "largestParts: join",
  writes: { parents: "atomic<i32>" },
  reads: { labels: "i32" },
  integers: ["depth", "height", "width"],
  declarations: `${find}
fn unite(one: i32, other: i32) {
  var a = find(one);
  var b = find(other);
  loop {
    if (a == b) { break; }
    if (a < b) { let lower = a; a = b; b = lower; }
    let before = atomicMin(&parents[a], b);
    if (before == a) { break; }
    a = find(before); // another has joined it meanwhile
    b = find(b);
  }
}`,
  body: `
  let label = labels[index];
  if (label <= 0) { return; }
  let w = index % uniforms.width;
  let h = index / uniforms.width % uniforms.height;
  let plane = uniforms.width * uniforms.height;
  let d = index / plane % uniforms.depth;
  if (w > 0 && labels[index - 1] == label) { unite(index, index - 1); }
  if (h > 0 && labels[index - uniforms.width] == label) { unite(index, index - uniforms.width); }
  if (d > 0 && labels[index - plane] == label) { unite(index, index - plane); }`,
});

const count: Program = elementwise({
  name: "largestParts: count",
  writes: { parents: "atomic<i32>", sizes: "atomic<i32>" },
  reads: { labels: "i32" },
  declarations: find,
  body: `
  if (labels[index] <= 0) { return; }
  let first = find(index);
  atomicStore(&parents[index], first);
  atomicAdd(&sizes[first], 1);`,
});

/** WGSL: the place of the voxel's class in its patch. */
const place = "index / uniforms.voxels * uniforms.classes + labels[index]";

const measure: Program = elementwise({
  name: "largestParts: measure",
  writes: { most: "atomic<i32>" },
  reads: { labels: "i32", sizes: "i32" },
  integers: ["voxels", "classes"],
  body: `if (sizes[index] > 0) { atomicMax(&most[${place}], sizes[index]); }`,
});

const choose: Program = elementwise({
  name: "largestParts: choose",
  writes: { firsts: "atomic<i32>" },
  reads: { labels: "i32", sizes: "i32", most: "i32" },
  integers: ["voxels", "classes"],
  body: `
  if (sizes[index] > 0) {
    if (sizes[index] == most[${place}]) { atomicMin(&firsts[${place}], index); }
  }`,
});

const keep: Program = elementwise({
  name: "largestParts: keep",
  writes: { kept: "i32" },
  reads: { labels: "i32", parents: "i32", firsts: "i32" },
  integers: ["voxels", "classes"],
  body: `
  let label = labels[index];
  kept[index] = label;
  if (label > 0) { if (parents[index] != firsts[${place}]) { kept[index] = -1; } }`,
});

/** Registers it. */
export function registerLargestParts(): void {
  defineWebgpuKernel(largestPartsKernel, (backend, { labels }, { shape, classes }) => {
    const [patches, depth, height, width] = shape, voxels = depth * height * width, all = sizeOf(shape);
    const [parents, sizes, kept] = [0, 1, 2].map(() => backend.output([all], "int32"));
    const [most, firsts] = [0, 1].map(() => backend.output([patches * classes], "int32"));
    const launch = (program: Program, tensors: Parameters<typeof backend.launch>[1], scalars = {}) =>
      backend.launch(program, tensors, { count: all, ...scalars }, elementJobs(all));
    launch(begin, { parents, sizes });
    for (const [values, value] of [[most, 0], [firsts, all]] as const) {
      backend.launch(fill, { values }, { count: patches * classes, value }, elementJobs(patches * classes));
    }
    launch(join, { parents, labels }, { depth, height, width });
    launch(count, { parents, sizes, labels });
    const places = { voxels, classes };
    launch(measure, { most, labels, sizes }, places);
    launch(choose, { firsts, labels, sizes, most }, places);
    launch(keep, { kept, labels, parents, firsts }, places);
    backend.free(parents, sizes, most, firsts);
    return kept;
  });
}
