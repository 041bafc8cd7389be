/**
 * The gradient of a filter by blocks of voxels: x with its halo lies in the workgroup's memory once for all taps, and
 * dy by planes of the block. A thread has a tap and four columns, and adds up one or two quadruples of channels of x;
 * a product of matrices (`conv3d_filter_gradient.ts`) fetches x anew for each tap.
 *
 * @module
 */

import { sizeOf } from "../../../core/vectors.ts";
import type { Triple } from "../../../core/triple.ts";
import type { Convolution } from "../convolution.ts";
import { tileColumns, unrolled, volumeIntegers } from "./convolution.ts";
import { blocksOf, hasHalo, leastLimits, withHalo, type WorkgroupLimits } from "./halo_tiles.ts";
import { type Program, remember } from "./program.ts";

/** Blocks that may be taken, in voxels; the first that fits is. */
export const filterBlocks: readonly Triple[] = Object.freeze([[4, 4, 8], [4, 4, 4]]);

/** How workgroups share the work. */
export interface FilterPlan {
  readonly block: Triple;
  readonly extents: Triple;
  /** Columns of a workgroup: channels of dy. */
  readonly columns: 8 | 16 | 32;
  /** Quadruples of channels of x of a workgroup, and of each thread. */
  readonly quads: 1 | 2;
  readonly threads: number;
}

/** The plan; undefined where no block fits. */
export function planFilterGradient(
  convolution: Convolution,
  { limits = leastLimits, blocks = filterBlocks }: { limits?: WorkgroupLimits; blocks?: readonly Triple[] } = {},
): FilterPlan | undefined {
  const { kernel, channelsIn, channelsOut } = convolution;
  if (!hasHalo(convolution)) return undefined;
  const columns = Math.min(32, tileColumns(channelsOut)) as FilterPlan["columns"];
  const threads = sizeOf(kernel) * columns / 4;
  const quads = channelsIn % 8 === 0 ? 2 : 1;
  for (const block of blocks) {
    const extents = withHalo(block, kernel);
    const memory = 16 * (quads * sizeOf(extents) + block[1] * block[2] * columns / 4);
    if (memory <= limits.memory && threads <= limits.threads) return { block, extents, columns, quads, threads };
  }
  return undefined;
}

const makeProgram = remember(
  (
    kernel: readonly number[],
    channelsIn: number,
    channelsOut: number,
    block: readonly number[],
    extents: readonly number[],
    columns: number,
    quads: number,
    threads: number,
  ): Program => {
    const across = columns / 4;
    const halo = sizeOf(extents);
    const planeVoxels = block[1] * block[2];
    const loadHalo = `
    for (var i = thread; i < ${halo * quads}; i += ${threads}) {
      let placed = i / ${quads};
      let at = origin + vec3<i32>(placed / ${extents[1] * extents[2]}, placed / ${extents[2]} % ${
      extents[1]
    }, placed % ${extents[2]});
      var value = vec4<f32>();
      if (all(at >= vec3<i32>(0)) && all(at < extents)) {
        let voxel = ((sample * extents.x + at.x) * extents.y + at.y) * extents.z + at.z;
        value = vec4<f32>(x[voxel * ${channelsIn / 4} + firstQuad + i % ${quads}]);
      }
      left[i % ${quads} * ${halo} + placed] = value;
    }`;
    const loadRight = `
      for (var i = thread; i < ${planeVoxels * across}; i += ${threads}) {
        let placed = i / ${across};
        let at = corner + vec3<i32>(plane, placed / ${block[2]}, placed % ${block[2]});
        let column = firstColumn + i % ${across} * 4;
        var value = vec4<f32>();
        if (column < ${channelsOut} && all(at < outputs)) {
          let voxel = ((sample * outputs.x + at.x) * outputs.y + at.y) * outputs.z + at.z;
          value = dy[(voxel * ${channelsOut} + column) / 4];
        }
        right[i] = value;
      }`;
    const multiply = `
      for (var h = 0; h < ${block[1]}; h++) {
        let row = inHalo + (plane * ${extents[1]} + h) * ${extents[2]};
        ${
      unrolled(block[2], (w) => `
        {
          let b = right[(h * ${block[2]} + ${w}) * ${across} + threadColumn];
          ${
        unrolled(quads, (q) => `
          let a${q} = left[row + ${q * halo + w}];
          ${unrolled(4, (j) => `sum${q * 4 + j} = fma(vec4<f32>(a${q}[${j}]), b, sum${q * 4 + j});`)}`)
      }
        }`)
    }
      }`;
    const store = unrolled(quads * 4, (row) => `y[(start + ${row}) * ${channelsOut / 4} + column / 4] = sum${row};`);
    return {
      name: "conv3dFilterGradient",
      writes: { y: "vec4<f32>" },
      reads: { x: "vec4<f32>", dy: "vec4<f32>" },
      halves: ["x"],
      integers: [...volumeIntegers, "stretchLength"],
      threads,
      declarations: `
var<workgroup> left: array<vec4<f32>, ${quads * halo}>; // four channels of a voxel an element
var<workgroup> right: array<vec4<f32>, ${planeVoxels * across}>; // four columns of a voxel an element`,
      body: `
  let columnTiles = ${Math.ceil(channelsOut / columns)};
  let rowTiles = ${channelsIn / 4 / quads};
  let stretch = job / (columnTiles * rowTiles);
  let firstQuad = job / columnTiles % rowTiles * ${quads};
  let firstColumn = job % columnTiles * ${columns};
  let extents = vec3<i32>(uniforms.depth, uniforms.height, uniforms.width);
  let outputs = vec3<i32>(uniforms.outDepth, uniforms.outHeight, uniforms.outWidth);
  let block = vec3<i32>(${block.join(", ")});
  let blocks = (outputs + block - 1) / block;
  let end = min((stretch + 1) * uniforms.stretchLength, uniforms.batch * blocks.x * blocks.y * blocks.z);
  let tap = thread / ${across};
  let threadColumn = thread % ${across};
  let inHalo = (tap / ${kernel[1] * kernel[2]} * ${extents[1]} + tap / ${kernel[2]} % ${kernel[1]}) * ${
        extents[2]
      } + tap % ${kernel[2]};
  ${unrolled(quads * 4, (row) => `var sum${row} = vec4<f32>();`)}
  for (var number = stretch * uniforms.stretchLength; number < end; number++) {
    let row = number / blocks.z;
    let corner = vec3<i32>(row / blocks.y % blocks.x, row % blocks.y, number % blocks.z) * block;
    let sample = row / blocks.y / blocks.x;
    let origin = corner - vec3<i32>(uniforms.front, uniforms.top, uniforms.left);
    for (var plane = 0; plane < ${block[0]}; plane++) {
      workgroupBarrier();
      if (plane == 0) {
        ${loadHalo}
      }
      ${loadRight}
      workgroupBarrier();
      ${multiply}
    }
  }
  let column = firstColumn + threadColumn * 4;
  if (column < ${channelsOut}) {
    let start = (stretch * ${sizeOf(kernel)} + tap) * ${channelsIn} + firstQuad * 4;
    ${store}
  }`,
    };
  },
);

/**
 * The program by a plan, its scalars beside the volume's, how many stretches of blocks and how many jobs there are, and
 * the bytes that these ask of the card's memory and write to it, at most.
 */
export function filterGradientProgram(convolution: Convolution, plan: FilterPlan, stretchesFor: StretchesFor) {
  const { batch, outputs, kernel, channelsIn, channelsOut } = convolution;
  const { block, extents, columns, quads, threads } = plan;
  const blocks = batch * sizeOf(blocksOf(outputs, block));
  const tiles = Math.ceil(channelsOut / columns) * channelsIn / 4 / quads;
  const stretchLength = Math.ceil(blocks / stretchesFor(blocks * sizeOf(block), tiles));
  const stretches = Math.ceil(blocks / stretchLength);
  const program = makeProgram(kernel, channelsIn, channelsOut, block, extents, columns, quads, threads);
  const perBlock = 4 * quads * sizeOf(extents) + sizeOf(block) * columns;
  const bytes = 4 * (tiles * blocks * perBlock + stretches * sizeOf(kernel) * channelsIn * channelsOut);
  return { program, scalars: { stretchLength }, stretches, jobs: stretches * tiles, bytes };
}

/** Into how many stretches a reduction over so many voxels is cut, where a result has so many tiles. */
export type StretchesFor = (voxels: number, tiles: number) => number;
