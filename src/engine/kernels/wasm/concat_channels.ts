/**
 * Two tensors side by side along their last axis, and apart again.
 *
 * @module
 */

import { fusedKernels } from "../../_fused.ts";
import { defineKernel } from "./_register.ts";
import type { KernelModule } from "./module.ts";

/** Registers both. */
export function registerConcatChannels(module: KernelModule): void {
  const voxelsOf = (shape: readonly number[]) => shape.slice(0, -1).reduce((a, b) => a * b, 1);
  defineKernel(fusedKernels.concatChannels, ({ a, b }) => {
    const [channelsA, channelsB] = [a.shape.at(-1)!, b.shape.at(-1)!];
    const y = module.output([...a.shape.slice(0, -1), channelsA + channelsB]);
    const pointers = [module.pointer(a), module.pointer(b), module.pointer(y)];
    module.call.concatChannels(...pointers, voxelsOf(a.shape), channelsA, channelsB);
    return y;
  });
  defineKernel(fusedKernels.splitChannels, ({ y }, attributes) => {
    const { channels: channelsA } = attributes as { channels: number };
    const channelsB = y.shape.at(-1)! - channelsA;
    const a = module.output([...y.shape.slice(0, -1), channelsA]);
    const b = module.output([...y.shape.slice(0, -1), channelsB]);
    const pointers = [module.pointer(y), module.pointer(a), module.pointer(b)];
    module.call.splitChannels(...pointers, voxelsOf(y.shape), channelsA, channelsB);
    return [a, b];
  });
}
