/**
 * `Conv3D` and `Conv3DBackpropInputV2`, one launch each.
 *
 * @module
 */

import { defineKernel } from "./define_kernel.ts";
import { productProgram } from "./conv3d_program.ts";
import { type ConvolutionAttributes, describeConvolution, volumeScalars } from "./convolution.ts";

/** Registers both over tfjs's. */
export function registerConv3d(): void {
  defineKernel("Conv3D", (backend, { x, filter }, attributes) => {
    const convolution = describeConvolution(x.shape, filter.shape, attributes as ConvolutionAttributes);
    const y = backend.output([convolution.batch, ...convolution.outputs, convolution.channelsOut]);
    const { program, rowTiles, jobs } = productProgram(convolution, false);
    backend.launch(program, { y, source: x, weights: filter }, { ...volumeScalars(convolution), rowTiles }, jobs);
    return y;
  });
  defineKernel("Conv3DBackpropInputV2", (backend, { dy, filter }, attributes) => {
    const { inputShape, ...rest } = attributes as ConvolutionAttributes & { inputShape: readonly number[] };
    const convolution = describeConvolution(inputShape, filter.shape, rest);
    const y = backend.output(inputShape);
    const { program, rowTiles, jobs } = productProgram(convolution, true);
    backend.launch(program, { y, source: dy, weights: filter }, { ...volumeScalars(convolution), rowTiles }, jobs);
    return y;
  });
}
