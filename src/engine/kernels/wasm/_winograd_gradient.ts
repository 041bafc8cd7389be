/**
 * The gradient of a Winograd convolution with respect to its filter; see `assembly/winograd_gradient.ts`.
 *
 * @module
 */

import type { KernelCall } from "./_call_queue.ts";
import type { Walk } from "./_convolve.ts";
import { OUTPUTS, POINTS } from "./_winograd.ts";
import type { KernelModule, Pointer } from "./module.ts";

// deno-lint-ignore no-explicit-any
const tune = ((globalThis as any).tune ??= {});
Object.assign(tune, { chunk: 6, l1: 24, pointsPerCall: 3, grows: 16, ...tune });

export function filterGradientWinograd(
  module: KernelModule,
  [x, dy, to]: readonly [Pointer, Pointer, Pointer],
  { batch, extents: [depth, height, width], kernel: [kernelDepth], before: [before], channels: channelsIn }: Walk,
  channelsOut: number,
): void {
  const tiles = Math.ceil(width / OUTPUTS);
  const allTileRows = Math.ceil(height / OUTPUTS);
  const budget = tune.chunk * 1024 * 1024;
  const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
  const tileBytes = POINTS * 4 * (channelsIn + channelsOut);
  // as many planes as there are, then as many rows of tiles as fit
  const planes = clamp(Math.floor(budget / (tileBytes * tiles)) - kernelDepth + 1, 1, depth);
  const tileRows = clamp(Math.floor(budget / (tileBytes * tiles * (planes + kernelDepth - 1))), 1, allTileRows);
  const rows = tiles * tileRows;
  const padded = (rows: number, channels: number) => (rows * channels * 4 + 127) & ~63;
  const inputStep = padded((planes + kernelDepth - 1) * rows, channelsIn);
  const outputStep = padded(planes * rows, channelsOut);
  const sumStep = padded(kernelDepth * channelsIn, channelsOut);
  const workBytes = 64 +
    4 * Math.max(6 * (4 * tiles + 2) * channelsIn + width * channelsIn, 24 * tiles * channelsOut + width * channelsOut);
  const strip = clamp(Math.floor(tune.l1 * 1024 / (4 * (channelsIn + channelsOut))) & ~7, 8, 256);
  const voxels = depth * height * width;
  const planesACall = Math.max(1, Math.ceil(tune.grows / rows));
  const lanes = Math.ceil((planes + kernelDepth - 1) / planesACall) + Math.ceil(planes / planesACall);
  const pair = kernelDepth * channelsIn;
  const pairsACall = Math.ceil(pair / 8);
  module.withScratch(POINTS * (inputStep + outputStep + sumStep) + Math.max(lanes * workBytes, 36 * 320), (inputs) => {
    const outputs = inputs + POINTS * inputStep;
    const sums = outputs + POINTS * outputStep;
    const work = sums + POINTS * sumStep;
    let fresh = 1;
    for (let sample = 0; sample < batch; sample++) {
      const xSample = x + sample * voxels * channelsIn * 4;
      const dySample = dy + sample * voxels * channelsOut * 4;
      for (let firstRow = 0; firstRow < allTileRows; firstRow += tileRows) {
        const rowCount = Math.min(tileRows, allTileRows - firstRow);
        const tilesNow = rowCount * tiles;
        for (let plane = 0; plane < depth; plane += planes) {
          const count = Math.min(planes, depth - plane);
          const calls: KernelCall[] = [];
          for (let p = 0; p < count + kernelDepth - 1; p += planesACall) {
            calls.push([
              "winogradInput",
              xSample,
              depth,
              height,
              width,
              channelsIn,
              plane - before + p,
              Math.min(planesACall, count + kernelDepth - 1 - p),
              firstRow,
              rowCount,
              inputs + p * tilesNow * channelsIn * 4,
              inputStep,
              work + calls.length * workBytes,
            ]);
          }
          for (let p = 0; p < count; p += planesACall) {
            calls.push([
              "winogradOutputGradient",
              dySample + (plane + p) * height * width * channelsOut * 4,
              height,
              width,
              channelsOut,
              Math.min(planesACall, count - p),
              firstRow,
              rowCount,
              outputs + p * tilesNow * channelsOut * 4,
              outputStep,
              work + calls.length * workBytes,
            ]);
          }
          module.run(calls);
          const products: KernelCall[] = [];
          for (let point = 0; point < POINTS; point += tune.pointsPerCall) {
            products.push([
              "winogradProducts",
              inputs + point * inputStep,
              inputStep,
              tilesNow * channelsIn * 4,
              outputs + point * outputStep,
              outputStep,
              count * tilesNow,
              strip,
              kernelDepth,
              channelsIn,
              channelsOut,
              sums + point * sumStep,
              sumStep,
              Math.min(tune.pointsPerCall, POINTS - point),
              fresh,
              work + point * 64,
            ]);
          }
          module.run(products);
          fresh = 0;
        }
      }
    }
    const last: KernelCall[] = [];
    for (let row = 0; row < pair; row += pairsACall) {
      last.push([
        "winogradFilterGradient",
        sums,
        sumStep,
        channelsIn,
        channelsOut,
        row,
        Math.min(pairsACall, pair - row),
        to,
        work + last.length * 320,
      ]);
    }
    module.run(last);
  });
}
