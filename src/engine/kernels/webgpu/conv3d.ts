/**
 * `Conv3D` and `Conv3DBackpropInputV2`, one launch each.
 *
 * @module
 */

import { conv3dInputGradientKernel, conv3dKernel } from "../../ops/conv3d.ts";
import { describeConvolution } from "../convolution.ts";
import { defineWebgpuKernel } from "./define_kernel.ts";
import { productProgram } from "./conv3d_program.ts";
import { volumeScalars } from "./convolution.ts";

/** Registers both over tfjs's. */
export function registerConv3d(): void {
  defineWebgpuKernel(conv3dKernel, (backend, { x, filter }, attributes) => {
    const convolution = describeConvolution(x.shape, filter.shape, attributes);
    const y = backend.output([convolution.batch, ...convolution.outputs, convolution.channelsOut]);
    const { program, rowTiles, jobs } = productProgram(convolution, false);
    backend.launch(program, { y, source: x, weights: filter }, { ...volumeScalars(convolution), rowTiles }, jobs);
    return y;
  });
  defineWebgpuKernel(conv3dInputGradientKernel, (backend, { dy, filter }, { inputShape, ...attributes }) => {
    const convolution = describeConvolution(inputShape, filter.shape, attributes);
    const y = backend.output(inputShape);
    const { program, rowTiles, jobs } = productProgram(convolution, true);
    backend.launch(program, { y, source: dy, weights: filter }, { ...volumeScalars(convolution), rowTiles }, jobs);
    return y;
  });
}
