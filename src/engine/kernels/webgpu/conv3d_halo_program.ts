/**
 * `Conv3D` with steps of 1 and its gradient with respect to x, as one program, by blocks of voxels with their halo in
 * the workgroup's memory: an implicit product of matrices whose left one is read from there. The gradient is the same
 * with the taps in reverse order and the filter's channels exchanged.
 *
 * @module
 */

import { sizeOf } from "../../../core/vectors.ts";
import type { Triple } from "../../../core/triple.ts";
import type { Convolution } from "../convolution.ts";
import { addProduct, unrolled, volumeIntegers } from "./convolution.ts";
import { haloLaunch, type HaloPlan, placeInHalo } from "./halo_tiles.ts";
import { type Program, remember } from "./program.ts";

/** The program; a plan and flags make it what it is, volumes are scalars. */
const makeProgram = remember(
  (
    backward: boolean,
    kernel: readonly number[],
    channelsIn: number,
    channelsOut: number,
    block: readonly number[],
    extents: readonly number[],
    rowsPerThread: number,
    columns: number,
    quads: number,
    threads: number,
  ): Program => {
    const [channels, width] = backward ? [channelsOut, channelsIn] : [channelsIn, channelsOut]; // read, written
    const across = columns / 4;
    const down = sizeOf(block) / rowsPerThread;
    const halo = sizeOf(extents);
    const taps = sizeOf(kernel);
    const planeTaps = kernel[1] * kernel[2];
    const place = (row: number) => placeInHalo(row, block as unknown as Triple, extents as unknown as Triple);
    const haloLoads = Math.ceil(halo * quads / threads);
    const items = planeTaps * across;
    const itemLoads = Math.ceil(items / threads);

    /** WGSL: where in the source, in quadruples, the value lies that a thread copies; -1 outside of it. */
    const sources = unrolled(haloLoads, (load) => `
  var from${load} = -1;
  {
    let i = (thread + ${load * threads}) / ${quads};
    let at = origin + vec3<i32>(i / ${extents[1] * extents[2]}, i / ${extents[2]} % ${extents[1]}, i % ${extents[2]});
    if (i < ${halo} && all(at >= vec3<i32>(0)) && all(at < sourceExtents)) {
      let voxel = ((sample * sourceExtents.x + at.x) * sourceExtents.y + at.y) * sourceExtents.z + at.z;
      from${load} = voxel * ${channels / 4} + (thread + ${load * threads}) % ${quads};
    }
  }`);
    const loadHalo = unrolled(haloLoads, (load) => `
      {
        let i = thread + ${load * threads};
        if (i < ${halo * quads}) {
          var value = vec4<f32>();
          if (from${load} >= 0) { value = vec4<f32>(source[from${load} + slab]); }
          left[i % ${quads} * ${halo} + i / ${quads}] = value;
        }
      }`);
    /** WGSL: the filter at a tap for four columns and four channels, `value0` to `value3` one a channel. */
    const filterValues = backward
      ? `
          let start = ((${taps - 1} - plane * ${planeTaps} - tap) * ${width} + column) * ${channels / 4} + quad;
          ${unrolled(4, (j) => `let row${j} = weights[start + ${j * channels / 4}];`)}
          ${unrolled(4, (j) => `value${j} = vec4<f32>(row0[${j}], row1[${j}], row2[${j}], row3[${j}]);`)}`
      : `
          let start = ((plane * ${planeTaps} + tap) * ${channels} + quad * 4) * ${width / 4} + column / 4;
          ${unrolled(4, (j) => `value${j} = weights[start + ${j * width / 4}];`)}`;
    const loadWeights = unrolled(itemLoads, (load) => `
      {
        let i = thread + ${load * threads};
        if (i < ${items}) {
          let tap = i / ${across};
          let column = firstColumn + i % ${across} * 4;
          ${unrolled(4, (j) => `var value${j} = vec4<f32>();`)}
          if (column < ${width}) {
            ${filterValues}
          }
          ${unrolled(4, (j) => `right[(tap * 4 + ${j}) * ${across} + i % ${across}] = value${j};`)}
        }
      }`);
    const multiply = `
      for (var tap = 0; tap < ${planeTaps}; tap++) {
        let at = inHalo + (plane * ${extents[1]} + tap / ${kernel[2]}) * ${extents[2]} + tap % ${kernel[2]};
        let b = tap * ${columns} + threadColumn;
        ${unrolled(4, (j) => `let b${j} = right[b + ${j * across}];`)}
        ${
      unrolled(rowsPerThread, (i) => `
        {
          let a = left[at + ${place(i * down)}];
          ${addProduct(i)}
        }`)
    }
      }`;
    const store = unrolled(rowsPerThread, (i) => `
  {
    let row = threadRow + ${i * down};
    let at = corner + vec3<i32>(row / ${block[1] * block[2]}, row / ${block[2]} % ${block[1]}, row % ${block[2]});
    if (column < ${width} && all(at < written)) {
      let voxel = ((planes * written.x + at.x) * written.y + at.y) * written.z + at.z;
      y[(voxel * ${width} + column) / 4] = yElement(sum${i});
    }
  }`);
    return {
      name: backward ? "conv3dInputGradient" : "conv3d",
      writes: { y: "vec4<f32>" },
      reads: { source: "vec4<f32>", weights: "vec4<f32>" },
      halves: ["y", "source"],
      integers: [...volumeIntegers, "quadsAtOnce"],
      threads,
      declarations: `
var<workgroup> left: array<vec4<f32>, ${quads * halo}>; // four channels of a voxel an element
var<workgroup> right: array<vec4<f32>, ${planeTaps * columns}>; // four columns of a tap and channel an element`,
      body: `
  let before = vec3<i32>(uniforms.front, uniforms.top, uniforms.left);
  let ofX = vec3<i32>(uniforms.depth, uniforms.height, uniforms.width);
  let ofY = vec3<i32>(uniforms.outDepth, uniforms.outHeight, uniforms.outWidth);
  let block = vec3<i32>(${block.join(", ")});
  ${
        backward
          ? `let sourceExtents = ofY;
  let written = ofX;
  let reach = vec3<i32>(${kernel.map((taps) => taps - 1).join(", ")}) - before;`
          : `let sourceExtents = ofX;
  let written = ofY;
  let reach = before;`
      }
  let blocks = (written + block - 1) / block;
  let firstColumn = job % ${Math.ceil(width / columns)} * ${columns};
  let number = job / ${Math.ceil(width / columns)};
  let planes = number / (blocks.x * blocks.y * blocks.z); // the share of the channels, then the sample
  let corner = vec3<i32>(number / (blocks.y * blocks.z) % blocks.x, number / blocks.z % blocks.y, number % blocks.z) * block;
  let origin = corner - reach;
  let sample = planes % uniforms.batch;
  let firstQuad = planes / uniforms.batch * uniforms.quadsAtOnce;
  let endQuad = min(firstQuad + uniforms.quadsAtOnce, ${channels / 4});
  let threadColumn = thread % ${across};
  let threadRow = thread / ${across};
  let column = firstColumn + threadColumn * 4;
  let inHalo = (threadRow / ${block[1] * block[2]} * ${extents[1]} + threadRow / ${block[2]} % ${block[1]}) * ${
        extents[2]
      } + threadRow % ${block[2]};
  ${sources}
  ${unrolled(rowsPerThread, (i) => `var sum${i} = vec4<f32>();`)}
  for (var slab = firstQuad; slab < endQuad; slab += ${quads}) {
    for (var part = 0; part < ${quads * kernel[0]}; part++) {
      let plane = part % ${kernel[0]};
      let quad = slab + part / ${kernel[0]};
      workgroupBarrier();
      if (part == 0) {
        ${loadHalo}
      }
      ${loadWeights}
      workgroupBarrier();
      let inHalo = inHalo + part / ${kernel[0]} * ${halo};
      ${multiply}
    }
  }
  ${store}`,
    };
  },
);

/** The program by a plan, its scalars beside the volume's, and how it is launched. */
export function haloProgram(convolution: Convolution, backward: boolean, plan: HaloPlan) {
  const { kernel, channelsIn, channelsOut } = convolution;
  const { block, extents, rowsPerThread, columns, quads, threads } = plan;
  const program = makeProgram(
    ...[backward, kernel, channelsIn, channelsOut, block, extents] as const,
    ...[rowsPerThread, columns, quads, threads] as const,
  );
  const { quadsAtOnce, ...launch } = haloLaunch(convolution, backward, plan);
  return { program, scalars: { quadsAtOnce }, ...launch };
}
