/**
 * `Conv3DBackpropFilterV2`: a product of matrices with a row for each tap and channel of x, a column for each channel
 * of dy, and a reduction over the voxels of dy, which is long. So workgroups share it, each a stretch of voxels, and a
 * second launch adds up what they found; float32 sums stay short by it.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import { conv3dFilterGradientKernel } from "../../ops/conv3d.ts";
import { type Convolution, describeConvolution } from "../convolution.ts";
import type { WebgpuBackend } from "./backend.ts";
import { filterGradientProgram, type FilterPlan, planFilterGradient } from "./conv3d_filter_gradient_halo.ts";
import { defineWebgpuKernel } from "./define_kernel.ts";
import { enoughJobs, tileColumns, unrolled, volumeIntegers, volumeScalars } from "./convolution.ts";
import { type Program, remember } from "./program.ts";
import { reduceMiddle } from "./reduce.ts";

/** Voxels that a workgroup's memory holds at a time. */
const depth = 16;

/** Voxels of a workgroup's stretch, at least. */
const shortestStretch = 256;

/** Values of partial sums, at most: 64 MiB. */
const mostPartial = 2 ** 24;

/** Rows of a tile, four of a thread's side by side; wide tiles have half as many. */
const tileRows = (columns: number) => columns === 64 ? 64 : 128;

/** Quadruples of rows that a thread holds: two, where that leaves whole subgroups. */
const quadruples = (columns: number) => columns === 8 ? 1 : 2;

const makeProgram = remember(
  (
    kernel: readonly number[],
    strides: readonly number[],
    channelsIn: number,
    channelsOut: number,
    columns: number,
  ): Program => {
    const rows = tileRows(columns);
    const held = quadruples(columns);
    const across = columns / 4;
    const quads = rows / 4; // quadruples of rows in a tile
    const down = quads / held;
    const threads = across * down;
    const taps = sizeOf(kernel);
    const fourChannels = channelsIn % 4 === 0;
    const fourColumns = channelsOut % 4 === 0;
    const leftStride = quads + 1;
    const rightStride = across + 1;
    const voxelsAtOnce = threads / quads; // that the threads load of the left matrix in one go
    const leftLoads = depth / voxelsAtOnce;
    const rightElements = depth * across;
    const rightLoads = Math.ceil(rightElements / threads);
    const parts = fourChannels ? 1 : 4; // taps that four rows belong to

    const sourceVoxel = (part: number) => `
        let at = origin.xyz + step${part};
        let inside = all(at >= vec3<i32>(0)) && all(at < extents) && tap${part} < ${taps};
        let voxel = ((origin.w + at.x) * extents.y + at.y) * extents.z + at.z;`;
    const loadLeft = unrolled(leftLoads, (i) => `
    {
      let inTile = thread / ${quads} + ${i * voxelsAtOnce};
      let origin = origins[parity * ${depth} + inTile];
      var value = vec4<f32>();
      ${
      unrolled(parts, (part) => `
      {
        ${sourceVoxel(part)}
        if (inside) { ${
        fourChannels
          ? `value = vec4<f32>(x[voxel * ${channelsIn / 4} + channel${part} / 4]);`
          : `value[${part}] = f32(x[voxel * ${channelsIn} + channel${part}]);`
      } }
      }`)
    }
      left[inTile * ${leftStride} + thread % ${quads}] = value;
    }`);
    const loadRight = unrolled(rightLoads, (load) => `
    {
      let i = thread + ${load * threads};
      ${rightElements % threads === 0 ? "{" : `if (i < ${rightElements}) {`}
        let voxel = k0 + i / ${across};
        let column = firstColumn + i % ${across} * 4;
        var value = vec4<f32>();
        if (voxel < end && column < ${channelsOut}) {
          ${
      fourColumns
        ? `value = dy[(voxel * ${channelsOut} + column) / 4];`
        : unrolled(4, (j) =>
          `if (column + ${j} < ${channelsOut}) { value[${j}] = dy[voxel * ${channelsOut} + column + ${j}]; }`)
    }
        }
        right[i / ${across} * ${rightStride} + i % ${across}] = value;
      }
    }`);
    const multiply = `
    for (var part = 0; part < ${depth}; part++) {
      let b = right[part * ${rightStride} + threadColumn];
      ${
      unrolled(held, (i) => `
      let a${i} = left[part * ${leftStride} + ${i * down} + threadRow];
      ${unrolled(4, (j) => `sum${i * 4 + j} = fma(vec4<f32>(a${i}[${j}]), b, sum${i * 4 + j});`)}`)
    }
    }`;
    const store = unrolled(held * 4, (i) => `
  {
    let row = firstRow + (threadRow + ${Math.floor(i / 4) * down}) * 4 + ${i % 4};
    let column = firstColumn + threadColumn * 4;
    if (row < ${taps * channelsIn}) {
      let start = (stretch * ${taps * channelsIn} + row) * ${channelsOut} + column;
      ${
      fourColumns
        ? `if (column < ${channelsOut}) { y[start / 4] = sum${i}; }`
        : unrolled(4, (j) => `if (column + ${j} < ${channelsOut}) { y[start + ${j}] = sum${i}[${j}]; }`)
    }
    }
  }`);
    return {
      name: "conv3dFilterGradient",
      writes: { y: fourColumns ? "vec4<f32>" : "f32" },
      reads: { x: fourChannels ? "vec4<f32>" : "f32", dy: fourColumns ? "vec4<f32>" : "f32" },
      halves: ["x"],
      integers: [...volumeIntegers, "stretchLength"],
      threads,
      declarations: `
const kernel = vec3<i32>(${kernel.join(", ")});
const stride = vec3<i32>(${strides.join(", ")});
var<workgroup> left: array<vec4<f32>, ${depth * leftStride}>;
var<workgroup> right: array<vec4<f32>, ${depth * rightStride}>;
var<workgroup> origins: array<vec4<i32>, ${2 * depth}>; // of this tile's voxels and the next one's
fn originOf(voxel: i32, end: i32) -> vec4<i32> {
  let w = voxel % uniforms.outWidth;
  let h = voxel / uniforms.outWidth % uniforms.outHeight;
  let d = voxel / uniforms.outWidth / uniforms.outHeight % uniforms.outDepth;
  let sample = voxel / uniforms.outWidth / uniforms.outHeight / uniforms.outDepth;
  let origin = vec3<i32>(d, h, w) * stride - vec3<i32>(uniforms.front, uniforms.top, uniforms.left);
  if (voxel >= end) { return vec4<i32>(-1000000000); } // lies nowhere
  return vec4<i32>(origin, sample * uniforms.depth);
}`,
      body: `
  let columnTiles = ${Math.ceil(channelsOut / columns)};
  let rowTiles = ${Math.ceil(taps * channelsIn / rows)};
  let stretch = job / (columnTiles * rowTiles);
  let firstRow = job / columnTiles % rowTiles * ${rows};
  let firstColumn = job % columnTiles * ${columns};
  let voxels = uniforms.batch * uniforms.outDepth * uniforms.outHeight * uniforms.outWidth;
  let start = stretch * uniforms.stretchLength;
  let end = min(start + uniforms.stretchLength, voxels);
  let extents = vec3<i32>(uniforms.depth, uniforms.height, uniforms.width);
  let threadColumn = thread % ${across};
  let threadRow = thread / ${across};
  ${
        unrolled(parts, (part) => `
  let row${part} = firstRow + thread % ${quads} * 4 + ${part};
  let tap${part} = row${part} / ${channelsIn};
  let channel${part} = row${part} % ${channelsIn};
  let step${part} = vec3<i32>(tap${part} / (kernel.y * kernel.z), tap${part} / kernel.z % kernel.y, tap${part} % kernel.z);`)
      }
  ${unrolled(held * 4, (i) => `var sum${i} = vec4<f32>();`)}
  if (thread < ${depth}) { origins[thread] = originOf(start + thread, end); }
  workgroupBarrier();
  var parity = 0;
  for (var k0 = start; k0 < end; k0 += ${depth}) {
    if (thread < ${depth}) { origins[(1 - parity) * ${depth} + thread] = originOf(k0 + ${depth} + thread, end); }
    ${loadLeft}
    ${loadRight}
    workgroupBarrier();
    ${multiply}
    workgroupBarrier();
    parity = 1 - parity;
  }
  ${store}`,
    };
  },
);

/** Into how many stretches of voxels the reduction is cut. */
function stretchesOf(voxels: number, tiles: number, size: number): number {
  const wanted = Math.ceil(2 * enoughJobs / tiles);
  return Math.max(1, Math.min(wanted, Math.floor(voxels / shortestStretch), Math.floor(mostPartial / size)));
}

/** The program, the length of its stretches, how many of them and of jobs there are, and the bytes, at most. */
function plan(convolution: Convolution) {
  const { batch, outputs, kernel, strides, channelsIn, channelsOut } = convolution;
  const columns = tileColumns(channelsOut);
  const rows = sizeOf(kernel) * channelsIn;
  const tiles = Math.ceil(rows / tileRows(columns)) * Math.ceil(channelsOut / columns);
  const voxels = batch * sizeOf(outputs);
  const wanted = stretchesOf(voxels, tiles, rows * channelsOut);
  const stretchLength = Math.ceil(voxels / wanted / depth) * depth;
  const stretches = Math.ceil(voxels / stretchLength);
  const program = makeProgram(kernel, strides, channelsIn, channelsOut, columns);
  const jobs = stretches * tiles;
  const bytes = 4 * (jobs * stretchLength * (tileRows(columns) + columns) + stretches * rows * channelsOut);
  return { program, stretchLength, stretches, jobs, bytes };
}

/** The launch: by blocks with halos where these fit, otherwise as a product. */
export function planLaunch(convolution: Convolution, byHalo: FilterPlan | undefined) {
  if (!byHalo) {
    const { stretchLength, ...launch } = plan(convolution);
    return { ...launch, scalars: { stretchLength } };
  }
  const size = sizeOf(convolution.kernel) * convolution.channelsIn * convolution.channelsOut;
  return filterGradientProgram(convolution, byHalo, (voxels, tiles) => stretchesOf(voxels, tiles, size));
}

/** Adds the stretches' sums up. */
export function filterGradient(
  backend: WebgpuBackend,
  inputs: Record<"x" | "dy", tf.TensorInfo>,
  convolution: Convolution,
  { shape, byHalo }: { shape: readonly number[]; byHalo?: FilterPlan },
): tf.TensorInfo {
  const { program, scalars, stretches, jobs } = planLaunch(convolution, byHalo);
  const y = backend.output(stretches === 1 ? shape : [stretches, ...shape]);
  backend.launch(program, { y, ...inputs }, { ...volumeScalars(convolution), ...scalars }, jobs);
  if (stretches === 1) return y;
  const total = reduceMiddle(backend, "sum", y, [1, stretches, sizeOf(shape)], shape);
  backend.free(y);
  return total;
}

/** Registers it over tfjs's. */
export function registerConv3dFilterGradient(): void {
  defineWebgpuKernel(conv3dFilterGradientKernel, (backend, { x, dy }, { filterShape, ...attributes }) => {
    const convolution = describeConvolution(x.shape, filterShape, attributes);
    const byHalo = planFilterGradient(convolution, { limits: backend.workgroupLimits });
    return filterGradient(backend, { x, dy }, convolution, { shape: filterShape, byHalo });
  });
}
