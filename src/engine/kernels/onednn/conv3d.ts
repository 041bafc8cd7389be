/**
 * `Conv3D`, `Conv3DBackpropInputV2` and `Conv3DBackpropFilterV2` by oneDNN; what it does not do well stays with the
 * wasm engine's kernels.
 *
 * @module
 */

import { defineKernel } from "../define_kernel.ts";
import { conv3d, type Conv3DAttributes, conv3dInputGradient, describeConvolution } from "../wasm/conv3d.ts";
import { conv3dFilterGradient } from "../wasm/conv3d_filter_gradient.ts";
import type { KernelModule } from "../wasm/module.ts";
import type { Geometry } from "./convolution.ts";
import type { Convolutions } from "./convolutions.ts";

/** Registers the three kernels over the wasm engine's. */
export function registerConvolutions(module: KernelModule, convolutions: Convolutions): void {
  defineKernel("Conv3D", ({ x, filter }, given) => {
    const attributes = given as Conv3DAttributes;
    const geometry = describe(x.shape, filter.shape, attributes);
    const run = convolutions.find("forward", geometry);
    if (run === undefined) return conv3d(module, x, filter, attributes);
    const y = module.output([geometry.batch, ...geometry.outputs, geometry.outChannels]);
    run({ x, filter, y });
    return y;
  });
  defineKernel("Conv3DBackpropInputV2", ({ dy, filter }, given) => {
    const { inputShape, ...attributes } = given as Conv3DAttributes & { inputShape: number[] };
    const run = convolutions.find("inputGradient", describe(inputShape, filter.shape, attributes));
    if (run === undefined) return conv3dInputGradient(module, dy, filter, inputShape, attributes);
    const x = module.output(inputShape);
    run({ x, filter, y: dy });
    return x;
  });
  defineKernel("Conv3DBackpropFilterV2", ({ x, dy }, given) => {
    const { filterShape, ...attributes } = given as Conv3DAttributes & { filterShape: number[] };
    const run = convolutions.find("filterGradient", describe(x.shape, filterShape, attributes));
    if (run === undefined) return conv3dFilterGradient(module, x, dy, filterShape, attributes);
    const filter = module.output(filterShape);
    run({ x, filter, y: dy });
    return filter;
  });
}

function describe(x: readonly number[], filter: readonly number[], attributes: Conv3DAttributes): Geometry {
  const { walk, channelsOut: outChannels } = describeConvolution(x, filter, attributes);
  return { ...walk, outChannels };
}
