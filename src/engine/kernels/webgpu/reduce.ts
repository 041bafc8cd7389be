/**
 * `Sum`, `Mean` and `Max` of float32 over neighbouring axes, in place, and the sum of squares for gradient clipping.
 * tfjs transposes first and gives each result one workgroup: a whole one to three classes, and only one to a whole
 * volume.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import { sumOfSquaresKernel } from "../../ops/sum_of_squares.ts";
import { describeReduction, type ReductionAttributes } from "../reduction.ts";
import { defineWebgpuKernel } from "./define_kernel.ts";
import type { WebgpuBackend } from "./backend.ts";
import { elementJobs, elementwise, remember } from "./program.ts";
import { lanesFor, rowThreads } from "./rows.ts";

type Kind = "sum" | "max" | "squares";

/** Up to this length, one thread makes a result by itself. */
const shortLength = 64;

/** Values that a thread of a workgroup takes before results are combined, at least. */
const perThread = 16;

/** Chunks into which a reduction is cut, at most. */
const maxChunks = 256;

/** WGSL that reduces: NaN stays in a maximum. */
const functions = (kind: Kind) => `
fn isNaN(value: f32) -> bool { return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u; }
fn combine(total: f32, value: f32) -> f32 {
  ${kind === "max" ? "return select(total, value, value > total || isNaN(value));" : "return total + value;"}
}
fn taken(value: f32) -> f32 { return ${kind === "squares" ? "value * value" : "value"}; }`;

const startOf = (kind: Kind) => kind === "max" ? "x[(outer * uniforms.length) * uniforms.inner + lane]" : "0.0";

const shortReduction = remember((kind: Kind) =>
  elementwise({
    name: kind,
    writes: { y: "f32" },
    reads: { x: "f32" },
    integers: ["length", "inner"],
    floats: ["scale"],
    declarations: functions(kind),
    body: `
  let outer = index / uniforms.inner;
  let lane = index % uniforms.inner;
  var total = ${startOf(kind)};
  for (var i = 0; i < uniforms.length; i++) {
    total = combine(total, taken(x[(outer * uniforms.length + i) * uniforms.inner + lane]));
  }
  y[index] = total * uniforms.scale;`,
  })
);

/** A workgroup reduces one chunk of rows for `lanes` neighbouring columns: y is [outer, chunks, inner]. */
const chunkedReduction = remember((kind: Kind, lanes: number) => ({
  name: kind,
  writes: { y: "f32" as const },
  reads: { x: "f32" as const },
  integers: ["length", "inner", "chunk", "chunks"],
  floats: ["scale"],
  threads: rowThreads,
  declarations: `
var<workgroup> totals: array<f32, ${rowThreads}>;
${functions(kind)}`,
  body: `
  let blocks = (uniforms.inner + ${lanes} - 1) / ${lanes};
  let lane = min(job % blocks * ${lanes} + thread % ${lanes}, uniforms.inner - 1);
  let chunk = job / blocks % uniforms.chunks;
  let outer = job / blocks / uniforms.chunks;
  let end = min((chunk + 1) * uniforms.chunk, uniforms.length);
  var total = ${startOf(kind)};
  for (var i = chunk * uniforms.chunk + thread / ${lanes}; i < end; i += threads / ${lanes}) {
    total = combine(total, taken(x[(outer * uniforms.length + i) * uniforms.inner + lane]));
  }
  totals[thread] = total;
  for (var half = threads / 2; half >= ${lanes}; half /= 2) {
    workgroupBarrier();
    if (thread < half) { totals[thread] = combine(totals[thread], totals[thread + half]); }
  }
  if (thread < ${lanes} && job % blocks * ${lanes} + thread < uniforms.inner) {
    y[(outer * uniforms.chunks + chunk) * uniforms.inner + lane] = totals[thread] * uniforms.scale;
  }`,
}));

/** Reduces the middle of x, read as [outer, length, inner]; the results are [outer, inner], in a tensor of `shape`. */
export function reduceMiddle(
  backend: WebgpuBackend,
  kind: Kind,
  x: tf.TensorInfo,
  [outer, length, inner]: readonly [number, number, number],
  shape: readonly number[],
  scale = 1,
): tf.TensorInfo {
  if (length <= shortLength) {
    const y = backend.output(shape);
    const count = outer * inner;
    backend.launch(shortReduction(kind), { y, x }, { count, length, inner, scale }, elementJobs(count));
    return y;
  }
  const lanes = lanesFor(inner);
  const blocks = Math.ceil(inner / lanes);
  const chunk = Math.max(rowThreads / lanes * perThread, Math.ceil(length / maxChunks));
  const chunks = Math.ceil(length / chunk);
  const last = chunks === 1;
  const y = backend.output(last ? shape : [outer, chunks, inner]);
  const scalars = { length, inner, chunk, chunks, scale: last ? scale : 1 };
  backend.launch(chunkedReduction(kind, lanes), { y, x }, scalars, outer * chunks * blocks);
  if (last) return y;
  const result = reduceMiddle(backend, kind === "squares" ? "sum" : kind, y, [outer, chunks, inner], shape, scale);
  backend.free(y);
  return result;
}

/** Registers them, the first three over tfjs's, which keep what is not float32 or not over neighbouring axes. */
export function registerReduce(): void {
  for (const [name, kind] of [["Sum", "sum"], ["Mean", "sum"], ["Max", "max"]] as const) {
    defineWebgpuKernel<"x", ReductionAttributes>(name, (backend, { x }, attributes, stock) => {
      const reduction = describeReduction(x, attributes);
      if (!reduction || sizeOf(x.shape) === 0) return stock();
      const { outer, length, inner, shape } = reduction;
      return reduceMiddle(backend, kind, x, [outer, length, inner], shape, name === "Mean" ? 1 / length : 1);
    });
  }
  defineWebgpuKernel(
    sumOfSquaresKernel,
    (backend, { x }) => reduceMiddle(backend, "squares", x, [1, sizeOf(x.shape), 1], []),
  );
}
