/**
 * `Conv3D`, `Conv3DBackpropInputV2` and `Conv3DBackpropFilterV2` by oneDNN; what it does not do well stays with the
 * wasm engine's kernels.
 *
 * @module
 */

import { conv3dFilterGradientKernel, conv3dInputGradientKernel, conv3dKernel } from "../../ops/conv3d.ts";
import { describeConvolution } from "../convolution.ts";
import { defineKernel } from "../define_kernel.ts";
import { conv3d, conv3dInputGradient } from "../wasm/conv3d.ts";
import { conv3dFilterGradient } from "../wasm/conv3d_filter_gradient.ts";
import type { KernelModule } from "../wasm/module.ts";
import type { Convolutions } from "./convolutions.ts";

/** Registers the three kernels over the wasm engine's. */
export function registerConvolutions(module: KernelModule, convolutions: Convolutions): void {
  defineKernel("wasm", conv3dKernel, ({ x, filter }, attributes) => {
    const geometry = describeConvolution(x.shape, filter.shape, attributes);
    const run = convolutions.find("forward", geometry);
    if (run === undefined) return conv3d(module, x, filter, attributes);
    const y = module.output([geometry.batch, ...geometry.outputs, geometry.channelsOut]);
    run({ x, filter, y });
    return y;
  });
  defineKernel("wasm", conv3dInputGradientKernel, ({ dy, filter }, { inputShape, ...attributes }) => {
    const run = convolutions.find("inputGradient", describeConvolution(inputShape, filter.shape, attributes));
    if (run === undefined) return conv3dInputGradient(module, dy, filter, inputShape, attributes);
    const x = module.output(inputShape);
    run({ x, filter, y: dy });
    return x;
  });
  defineKernel("wasm", conv3dFilterGradientKernel, ({ x, dy }, { filterShape, ...attributes }) => {
    const run = convolutions.find("filterGradient", describeConvolution(x.shape, filterShape, attributes));
    if (run === undefined) return conv3dFilterGradient(module, x, dy, filterShape, attributes);
    const filter = module.output(filterShape);
    run({ x, filter, y: dy });
    return filter;
  });
}
