/**
 * `Conv3D` and its gradient with respect to x, as one program: a product of matrices of which the left one, a row for
 * each voxel that is written, is never made (an "implicit" product). The reduction runs over taps x channels, 16 at a
 * time, which a workgroup copies to its own memory: `left` four channels of a voxel an element, `right` four columns an
 * element. A thread keeps `rowsPerThread` rows of four columns in registers.
 *
 * The gradient is by phases: positions of x that are equal modulo the stride are reached by the same taps, so each
 * phase is a product by itself, of those taps alone; with strides of 1 there is one phase.
 *
 * @module
 */

import { sizeOf } from "../../../core/vectors.ts";
import type { Convolution } from "../convolution.ts";
import { addProduct, enoughJobs, tileColumns, unrolled, volumeIntegers } from "./convolution.ts";
import { type Program, remember } from "./program.ts";

/** Products that a tile adds up before it is loaded anew. */
const depth = 16;

/** Rows and threads of a workgroup's tile. */
export interface Tile {
  readonly columns: number;
  readonly rows: number;
  readonly rowsPerThread: number;
}

/** The tile for a product of `rows` x `columns`: large where that leaves enough workgroups for a card. */
function chooseTile(rows: number, columns: number): Tile {
  const wide = tileColumns(columns);
  const jobs = Math.ceil(rows / 128) * Math.ceil(columns / wide);
  if (jobs < enoughJobs && wide >= 32) return { columns: wide, rows: 32, rowsPerThread: wide === 64 ? 4 : 2 };
  return { columns: wide, rows: 128, rowsPerThread: wide === 64 ? 8 : 4 };
}

/** WGSL: of a row of the product, where in the source it begins, and which voxel of y it is; -1 beyond the last. */
const rowFunctions = (backward: boolean) => `
struct Span { extents: vec3<i32>, phase: vec3<i32>, shift: vec3<i32>, rows: i32 }
fn placeOf(row: i32, span: Span) -> vec4<i32> {
  let w = row % span.extents.z;
  let h = row / span.extents.z % span.extents.y;
  let plane = row / span.extents.z / span.extents.y;
  return vec4<i32>(plane % span.extents.x, h, w, plane / span.extents.x);
}
fn originOf(row: i32, span: Span) -> vec4<i32> {
  if (row >= span.rows) { return vec4<i32>(-1000000000); } // lies nowhere
  let place = placeOf(row, span);
  return ${
  backward
    ? "vec4<i32>(span.shift + place.xyz, place.w * uniforms.outDepth)"
    : "vec4<i32>(place.xyz * stride - span.shift, place.w * uniforms.depth)"
};
}
fn voxelOf(row: i32, span: Span) -> i32 {
  if (row >= span.rows) { return -1; }
  ${
  backward
    ? `let place = placeOf(row, span);
  let at = span.phase + place.xyz * stride;
  return ((place.w * uniforms.depth + at.x) * uniforms.height + at.y) * uniforms.width + at.z;`
    : "return row;"
}
}`;

/** WGSL: which positions and taps a job works on. `count` is of the taps along each axis, `first` the first of them. */
const prologue = (backward: boolean) =>
  backward
    ? `
  let phaseIndex = job / (rowTiles * columnTiles);
  let phase = vec3<i32>(phaseIndex / (stride.y * stride.z), phaseIndex / stride.z % stride.y, phaseIndex % stride.z);
  let before = vec3<i32>(uniforms.front, uniforms.top, uniforms.left);
  let first = ((phase + before) % stride + stride) % stride;
  let count = max((kernel - first + stride - 1) / stride, vec3<i32>(0));
  let shift = (phase + before - first) / stride;
  let extents = (vec3<i32>(uniforms.depth, uniforms.height, uniforms.width) - phase + stride - 1) / stride;
  let sourceExtents = vec3<i32>(uniforms.outDepth, uniforms.outHeight, uniforms.outWidth);`
    : `
  let phase = vec3<i32>(0);
  let first = vec3<i32>(0);
  let count = kernel;
  let shift = vec3<i32>(uniforms.front, uniforms.top, uniforms.left);
  let extents = vec3<i32>(uniforms.outDepth, uniforms.outHeight, uniforms.outWidth);
  let sourceExtents = vec3<i32>(uniforms.depth, uniforms.height, uniforms.width);`;

/** The program; strings and flags make it what it is, volumes are scalars. */
const makeProgram = remember(
  (
    backward: boolean,
    kernel: readonly number[],
    strides: readonly number[],
    channelsIn: number,
    channelsOut: number,
    columns: number,
    rows: number,
    rowsPerThread: number,
  ): Program => {
    const [channels, width] = backward ? [channelsOut, channelsIn] : [channelsIn, channelsOut]; // read, written
    const across = columns / 4; // threads beside each other
    const down = rows / rowsPerThread; // threads below each other
    const threads = across * down;
    const fourChannels = channels % 4 === 0;
    const fourColumns = width % 4 === 0;
    const quarters = depth / 4;
    const leftStride = rows + 2; // 2 more, so that neighbouring threads write to different banks of memory
    const rightStride = across + 1;
    const leftLoads = rows * quarters / threads;
    const rightElements = depth * across;
    const rightLoads = Math.ceil(rightElements / threads);

    /** WGSL: `tap` and `channel` of place `at` in the reduction, and the tap's offset in the source. */
    const decode = (at: string) => `
      let tap = ${at} / ${channels};
      let channel = ${at} % ${channels};
      let step = vec3<i32>(tap / (count.y * count.z), tap / count.z % count.y, tap % count.z);`;
    const sourceVoxel = (row: string) => `
        let at = ${row}.xyz ${backward ? "-" : "+"} step;
        let inside = all(at >= vec3<i32>(0)) && all(at < sourceExtents);
        let voxel = ((${row}.w + at.x) * sourceExtents.y + at.y) * sourceExtents.z + at.z;`;
    const loadLeft = fourChannels
      ? `
    {
      let inReduction = k < reduction;
      ${decode("k")}
      ${
        unrolled(leftLoads, (i) => `
      {
        ${sourceVoxel(`origin${i}`)}
        var value = vec4<f32>();
        if (inside && inReduction) { value = vec4<f32>(source[voxel * ${channels / 4} + channel / 4]); }
        left[quarter * ${leftStride} + leftRow + ${i * threads / quarters}] = value;
      }`)
      }
    }`
      : `
    ${unrolled(leftLoads, (i) => `var value${i} = vec4<f32>();`)}
    ${
        unrolled(4, (j) => `
    if (k + ${j} < reduction) {
      ${decode(`(k + ${j})`)}
      ${
          unrolled(leftLoads, (i) => `
      {
        ${sourceVoxel(`origin${i}`)}
        if (inside) { value${i}[${j}] = f32(source[voxel * ${channels} + channel]); }
      }`)
        }
    }`)
      }
    ${
        unrolled(
          leftLoads,
          (i) => `left[quarter * ${leftStride} + leftRow + ${i * threads / quarters}] = value${i};`,
        )
      }`;

    /** WGSL: four columns of the filter for place `at` in the reduction. */
    const filterValues = backward
      ? `
        ${decode("at")}
        let place = first + step * stride;
        let tapStart = ((place.x * kernel.y + place.y) * kernel.z + place.z) * ${channelsIn};
        ${
        unrolled(
          4,
          (j) =>
            `if (column + ${j} < ${width}) { value[${j}] = weights[(tapStart + column + ${j}) * ${channelsOut} + channel]; }`,
        )
      }`
      : fourColumns
      ? `value = weights[(at * ${width} + column) / 4];`
      : unrolled(4, (j) => `if (column + ${j} < ${width}) { value[${j}] = weights[at * ${width} + column + ${j}]; }`);
    // neighbouring threads read what lies side by side: columns forward, channels (places in the reduction) backward
    const [place, element] = backward ? [`i % ${depth}`, `i / ${depth}`] : [`i / ${across}`, `i % ${across}`];
    const loadRight = unrolled(rightLoads, (load) => `
    {
      let i = thread + ${load * threads};
      ${rightElements % threads === 0 ? "{" : `if (i < ${rightElements}) {`}
        let inTile = ${place};
        let element = ${element};
        let at = k0 + inTile;
        let column = firstColumn + element * 4;
        var value = vec4<f32>();
        if (at < reduction && column < ${width}) {
          ${filterValues}
        }
        right[inTile * ${rightStride} + element] = value;
      }
    }`);
    const multiply = `
    for (var part = 0; part < ${quarters}; part++) {
      ${unrolled(4, (j) => `let b${j} = right[part * ${4 * rightStride} + ${j * rightStride} + threadColumn];`)}
      ${
      unrolled(rowsPerThread, (i) => `
      {
        let a = left[part * ${leftStride} + ${i * down} + threadRow];
        ${addProduct(i)}
      }`)
    }
    }`;
    const store = unrolled(rowsPerThread, (i) => `
  {
    let voxel = voxelOf(firstRow + threadRow + ${i * down}, span);
    let column = firstColumn + threadColumn * 4;
    if (voxel >= 0) {
      ${
      fourColumns
        ? `if (column < ${width}) { y[(voxel * ${width} + column) / 4] = yElement(sum${i}); }`
        : unrolled(4, (j) =>
          `if (column + ${j} < ${width}) { y[voxel * ${width} + column + ${j}] = yElement(sum${i}[${j}]); }`)
    }
    }
  }`);
    return {
      name: backward ? "conv3dInputGradient" : "conv3d",
      writes: { y: fourColumns ? "vec4<f32>" : "f32" },
      reads: {
        source: fourChannels ? "vec4<f32>" : "f32",
        weights: !backward && fourColumns ? "vec4<f32>" : "f32",
      },
      halves: ["y", "source"],
      integers: [...volumeIntegers, "rowTiles"],
      threads,
      declarations: `
const kernel = vec3<i32>(${kernel.join(", ")});
const stride = vec3<i32>(${strides.join(", ")});
var<workgroup> left: array<vec4<f32>, ${quarters * leftStride}>;
var<workgroup> right: array<vec4<f32>, ${depth * rightStride}>;
${rowFunctions(backward)}`,
      body: `
  let columnTiles = ${Math.ceil(width / columns)};
  let rowTiles = uniforms.rowTiles;
  ${prologue(backward)}
  let span = Span(extents, phase, shift, uniforms.batch * extents.x * extents.y * extents.z);
  let reduction = count.x * count.y * count.z * ${channels};
  let firstRow = job / columnTiles % rowTiles * ${rows};
  let firstColumn = job % columnTiles * ${columns};
  let quarter = thread % ${quarters};
  let leftRow = thread / ${quarters};
  let threadColumn = thread % ${across};
  let threadRow = thread / ${across};
  ${
        unrolled(
          leftLoads,
          (i) => `let origin${i} = originOf(firstRow + leftRow + ${i * threads / quarters}, span);`,
        )
      }
  ${unrolled(rowsPerThread, (i) => `var sum${i} = vec4<f32>();`)}
  for (var k0 = 0; k0 < reduction; k0 += ${depth}) {
    let k = k0 + quarter * 4;
    ${loadLeft}
    ${loadRight}
    workgroupBarrier();
    ${multiply}
    workgroupBarrier();
  }
  ${store}`,
    };
  },
);

/**
 * The program for a convolution's `y` or, backward, its gradient with respect to x, how many jobs it has, and the bytes
 * that these ask of the card's memory and write to it, at most.
 */
export function productProgram(convolution: Convolution, backward: boolean) {
  const { batch, extents, outputs, kernel, strides, channelsIn, channelsOut } = convolution;
  const voxels = backward // of the largest phase
    ? extents.reduce((product, extent, axis) => product * Math.ceil(extent / strides[axis]), batch)
    : batch * sizeOf(outputs);
  const phases = backward ? sizeOf(strides) : 1;
  const width = backward ? channelsIn : channelsOut;
  const tile = chooseTile(voxels * phases, width);
  const rowTiles = Math.ceil(voxels / tile.rows);
  const program = makeProgram(
    ...[backward, kernel, strides, channelsIn, channelsOut] as const,
    ...[tile.columns, tile.rows, tile.rowsPerThread] as const,
  );
  const jobs = phases * rowTiles * Math.ceil(width / tile.columns);
  const reduction = sizeOf(kernel) / phases * (backward ? channelsOut : channelsIn);
  const bytes = 4 * (jobs * reduction * (tile.rows + tile.columns) + voxels * phases * width);
  return { program, rowTiles, jobs, bytes };
}
