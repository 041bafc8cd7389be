/**
 * Nearest-neighbour upsampling and its gradient, one launch each.
 *
 * @module
 */

import { sizeOf } from "../../../core/vectors.ts";
import { upsample3dGradientKernel, upsample3dKernel } from "../../ops/upsample3d.ts";
import { defineWebgpuKernel } from "./define_kernel.ts";
import { elementJobs, elementwise, placeIn, remember, rowElement } from "./program.ts";

const sizes = ["depth", "height", "width", "units"]; // of the smaller tensor; its rows hold `units` elements

const upsample = remember((element: "f32" | "vec4<f32>", depth: number, height: number, width: number) =>
  elementwise({
    name: "upsample3d",
    writes: { y: element },
    reads: { x: element },
    halves: ["y", "x"],
    integers: sizes,
    body: `
  ${placeIn(`uniforms.height * ${height}`, `uniforms.width * ${width}`, "uniforms.units")}
  let row = plane / ${depth} * uniforms.height + h / ${height}; // a sample has whole blocks of planes
  y[index] = yElement(x[(row * uniforms.width + w / ${width}) * uniforms.units + unit]);`,
  })
);

const gradient = remember((element: "f32" | "vec4<f32>", depth: number, height: number, width: number) =>
  elementwise({
    name: "upsample3dGradient",
    writes: { dx: element },
    reads: { dy: element },
    integers: sizes,
    body: `
  ${placeIn("uniforms.height", "uniforms.width", "uniforms.units")}
  var sum = ${element}(0);
  for (var i = 0; i < ${depth}; i++) {
    for (var j = 0; j < ${height}; j++) {
      let row = (plane * ${depth} + i) * uniforms.height * ${height} + h * ${height} + j;
      for (var k = 0; k < ${width}; k++) {
        sum += dy[((row * uniforms.width + w) * ${width} + k) * uniforms.units + unit];
      }
    }
  }
  dx[index] = sum;`,
  })
);

/** Registers both. */
export function registerUpsample3d(): void {
  defineWebgpuKernel(upsample3dKernel, (backend, { x }, { factor }) => {
    const [batch, depth, height, width, channels] = x.shape;
    const y = backend.activation([batch, depth * factor[0], height * factor[1], width * factor[2], channels]);
    const { element, units } = rowElement(channels);
    const count = sizeOf(y.shape) / channels * units;
    backend.launch(upsample(element, ...factor), { y, x }, { count, depth, height, width, units }, elementJobs(count));
    return y;
  });
  defineWebgpuKernel(upsample3dGradientKernel, (backend, { dy }, { factor }) => {
    const [batch, channels] = [dy.shape[0], dy.shape[4]];
    const [depth, height, width] = factor.map((times, axis) => dy.shape[axis + 1] / times);
    const dx = backend.output([batch, depth, height, width, channels]);
    const { element, units } = rowElement(channels);
    const count = sizeOf(dx.shape) / channels * units;
    backend.launch(
      gradient(element, ...factor),
      { dx, dy },
      { count, depth, height, width, units },
      elementJobs(count),
    );
    return dx;
  });
}
