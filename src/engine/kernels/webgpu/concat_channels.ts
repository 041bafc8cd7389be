/**
 * Two tensors side by side along their last axis, and apart again, one launch each.
 *
 * @module
 */

import { sizeOf } from "../../../core/vectors.ts";
import { concatChannelsKernel, splitChannelsKernel } from "../../ops/concat_channels.ts";
import { defineWebgpuKernel } from "./define_kernel.ts";
import { elementJobs, elementwise, remember } from "./program.ts";

type RowElement = "f32" | "vec4<f32>";

/** The program that goes through y along with a and b, and copies from one to the others. */
const copyBetween = remember((element: RowElement, direction: "concat" | "split") => {
  const [parts, whole] = [{ a: element, b: element }, { y: element }] as const;
  const isConcat = direction === "concat";
  const copy = (part: string) => isConcat ? `y[index] = yElement(${part});` : `${part} = y[index];`;
  return elementwise({
    name: `${direction}Channels`,
    writes: isConcat ? whole : parts,
    reads: isConcat ? parts : whole,
    halves: isConcat ? ["y", "a", "b"] : [],
    integers: ["unitsA", "unitsB"],
    body: `
  let units = uniforms.unitsA + uniforms.unitsB;
  let voxel = index / units;
  let unit = index % units;
  if (unit < uniforms.unitsA) {
    ${copy("a[voxel * uniforms.unitsA + unit]")}
  } else {
    ${copy("b[voxel * uniforms.unitsB + unit - uniforms.unitsA]")}
  }`,
  });
});

/** How `a` and `b` channels are read: four at once where both allow it. */
function arrange(voxels: number, channelsA: number, channelsB: number) {
  const four = channelsA % 4 === 0 && channelsB % 4 === 0;
  const [unitsA, unitsB] = [channelsA, channelsB].map((channels) => four ? channels / 4 : channels);
  const element: RowElement = four ? "vec4<f32>" : "f32";
  return { element, scalars: { count: voxels * (unitsA + unitsB), unitsA, unitsB } };
}

/** Registers both. */
export function registerConcatChannels(): void {
  defineWebgpuKernel(concatChannelsKernel, (backend, { a, b }) => {
    const [channelsA, channelsB] = [a.shape.at(-1)!, b.shape.at(-1)!];
    const voxelShape = a.shape.slice(0, -1);
    const y = backend.activation([...voxelShape, channelsA + channelsB]);
    const { element, scalars } = arrange(sizeOf(voxelShape), channelsA, channelsB);
    backend.launch(copyBetween(element, "concat"), { y, a, b }, scalars, elementJobs(scalars.count));
    return y;
  });
  defineWebgpuKernel(splitChannelsKernel, (backend, { y }, { channels: channelsA }) => {
    const channelsB = y.shape.at(-1)! - channelsA;
    const voxelShape = y.shape.slice(0, -1);
    const [a, b] = [channelsA, channelsB].map((channels) => backend.output([...voxelShape, channels]));
    const { element, scalars } = arrange(sizeOf(voxelShape), channelsA, channelsB);
    backend.launch(copyBetween(element, "split"), { a, b, y }, scalars, elementJobs(scalars.count));
    return [a, b];
  });
}
