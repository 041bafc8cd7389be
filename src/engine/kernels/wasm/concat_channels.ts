/**
 * Two tensors side by side along their last axis, and apart again.
 *
 * @module
 */

import { sizeOf } from "../../../core/vectors.ts";
import { concatChannelsKernel, splitChannelsKernel } from "../../ops/concat_channels.ts";
import { defineKernel } from "../define_kernel.ts";
import { pieces } from "./_pieces.ts";
import type { KernelModule, Pointer } from "./module.ts";

/** Registers both. */
export function registerConcatChannels(module: KernelModule): void {
  const voxelsOf = (shape: readonly number[]) => sizeOf(shape.slice(0, -1));
  /** Runs `kernel`, which takes the parts a and b, the whole, and the sizes. */
  const run = (kernel: string, [a, b, whole]: Pointer[], voxels: number, channelsA: number, channelsB: number) => {
    module.run(
      pieces(voxels, channelsA + channelsB).map(({ start, count }) => [
        kernel,
        ...[a + start * channelsA * 4, b + start * channelsB * 4, whole + start * (channelsA + channelsB) * 4],
        ...[count, channelsA, channelsB],
      ]),
    );
  };
  defineKernel("wasm", concatChannelsKernel, ({ a, b }) => {
    const [channelsA, channelsB] = [a.shape.at(-1)!, b.shape.at(-1)!];
    const y = module.output([...a.shape.slice(0, -1), channelsA + channelsB]);
    const pointers = [a, b, y].map((tensor) => module.pointer(tensor));
    run("concatChannels", pointers, voxelsOf(a.shape), channelsA, channelsB);
    return y;
  });
  defineKernel("wasm", splitChannelsKernel, ({ y }, { channels: channelsA }) => {
    const channelsB = y.shape.at(-1)! - channelsA;
    const [a, b] = [channelsA, channelsB].map((channels) => module.output([...y.shape.slice(0, -1), channels]));
    const pointers = [a, b, y].map((tensor) => module.pointer(tensor));
    run("splitChannels", pointers, voxelsOf(y.shape), channelsA, channelsB);
    return [a, b];
  });
}
