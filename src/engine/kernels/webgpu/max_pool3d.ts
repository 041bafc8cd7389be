/**
 * 3D max pooling of blocks that do not overlap, which remembers where each maximum lay, and its gradient; one launch
 * each.
 *
 * @module
 */

import { sizeOf } from "../../../core/vectors.ts";
import { maxPool3dGradientKernel, maxPool3dKernel } from "../../ops/max_pool3d.ts";
import { defineWebgpuKernel } from "./define_kernel.ts";
import { elementJobs, elementwise, placeIn, remember } from "./program.ts";

const sizes = ["depth", "height", "width", "outDepth", "outHeight", "outWidth", "channels"];

const pool = remember((depth: number, height: number, width: number) =>
  elementwise({
    name: "maxPool3d",
    writes: { y: "f32", places: "i32" },
    reads: { x: "f32" },
    halves: ["y", "x"],
    integers: sizes,
    body: `
  ${placeIn("uniforms.outHeight", "uniforms.outWidth", "uniforms.channels")}
  let corner = vec3<i32>(plane % uniforms.outDepth * ${depth}, h * ${height}, w * ${width});
  let sample = plane / uniforms.outDepth * uniforms.depth * uniforms.height * uniforms.width;
  var place = (corner.x * uniforms.height + corner.y) * uniforms.width + corner.z;
  var best = f32(x[(sample + place) * uniforms.channels + unit]);
  for (var i = 0; i < ${depth}; i++) {
    for (var j = 0; j < ${height}; j++) {
      for (var k = 0; k < ${width}; k++) {
        let at = ((corner.x + i) * uniforms.height + corner.y + j) * uniforms.width + corner.z + k;
        let value = f32(x[(sample + at) * uniforms.channels + unit]);
        let isNaN = (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u; // NaN wins over everything
        if (value > best || isNaN) {
          best = value;
          place = at;
        }
      }
    }
  }
  y[index] = yElement(best);
  places[index] = place;`,
  })
);

/** Every voxel of x lies in at most one block, so each reads whether it was that block's largest. */
const gradient = remember((depth: number, height: number, width: number) =>
  elementwise({
    name: "maxPool3dGradient",
    writes: { dx: "f32" },
    reads: { dy: "f32", places: "i32" },
    integers: sizes,
    body: `
  ${placeIn("uniforms.height", "uniforms.width", "uniforms.channels")}
  let d = plane % uniforms.depth;
  let sample = plane / uniforms.depth;
  let block = vec3<i32>(d / ${depth}, h / ${height}, w / ${width});
  var value = 0.0;
  if (all(block < vec3<i32>(uniforms.outDepth, uniforms.outHeight, uniforms.outWidth))) {
    let row = (sample * uniforms.outDepth + block.x) * uniforms.outHeight + block.y;
    let source = (row * uniforms.outWidth + block.z) * uniforms.channels + unit;
    value = select(0.0, dy[source], places[source] == (d * uniforms.height + h) * uniforms.width + w);
  }
  dx[index] = value;`,
  })
);

/** Extents of a pooling from `from` to `to`, both [batch, depth, height, width, channels]. */
function extents(from: readonly number[], to: readonly number[]) {
  const [, depth, height, width, channels] = from;
  const [, outDepth, outHeight, outWidth] = to;
  return { depth, height, width, outDepth, outHeight, outWidth, channels };
}

/** Registers both. */
export function registerMaxPool3d(): void {
  defineWebgpuKernel(maxPool3dKernel, (backend, { x }, { filterSize: window }) => {
    const [batch, depth, height, width, channels] = x.shape;
    const outputs = [depth, height, width].map((extent, axis) => Math.floor(extent / window[axis]));
    const y = backend.activation([batch, ...outputs, channels]);
    const places = backend.output(y.shape, "int32");
    const count = sizeOf(y.shape);
    backend.launch(pool(...window), { y, places, x }, { count, ...extents(x.shape, y.shape) }, elementJobs(count));
    return [y, places];
  });
  defineWebgpuKernel(maxPool3dGradientKernel, (backend, { dy, places }, { shape, window }) => {
    const dx = backend.output(shape);
    const count = sizeOf(shape);
    backend.launch(gradient(...window), { dx, dy, places }, { count, ...extents(shape, dy.shape) }, elementJobs(count));
    return dx;
  });
}
