/**
 * What the convolutions of a training step ask of a card's memory for each operation, by the tiles that the engine
 * cuts them into: reckoned, not measured, so that it needs no card.
 *
 * @module
 */
import { type Convolution, describeConvolution } from "../../src/engine/kernels/convolution.ts";
import { planLaunch } from "../../src/engine/kernels/webgpu/conv3d_filter_gradient.ts";
import { planFilterGradient } from "../../src/engine/kernels/webgpu/conv3d_filter_gradient_halo.ts";
import { haloProgram } from "../../src/engine/kernels/webgpu/conv3d_halo_program.ts";
import { productProgram } from "../../src/engine/kernels/webgpu/conv3d_program.ts";
import { chooseHalo } from "../../src/engine/kernels/webgpu/halo_tiles.ts";
import { filtersAt, type UNetConfig } from "../../src/model/config.ts";
import { convolutionOperations } from "../bench/operations.ts";

/** A convolution's pass, by both ways to cut it. */
export interface Reckoned {
  /** "96^3, 32 -> 32" */
  readonly name: string;
  readonly pass: "forward" | "gradient of x" | "gradient of the filter";
  readonly gigaOperations: number;
  /** Bytes for each operation as a product of matrices, whose left one is fetched for every tap. */
  readonly product: number;
  /** By blocks with their halo. */
  readonly halo: number;
  /** The block, "4x8x8". */
  readonly block: string;
}

/** The 3x3x3 convolutions of a U-Net with four channels and more, the finest level first. */
function convolutionsOf(network: UNetConfig, batch: number, extent: number): { name: string; of: Convolution }[] {
  return Array.from({ length: network.levels }, (_, level) => {
    const out = filtersAt(network, level);
    const [size] = Array.from({ length: level }, (_, i) => network.pool[i][0]).reduce(([size], by) => [size / by], [
      extent,
    ]);
    const widths = new Set([
      ...level > 0 ? [filtersAt(network, level - 1)] : [],
      out,
      ...level < network.levels - 1 ? [2 * out] : [],
    ]);
    return [...widths].map((into) => {
      const x = [batch, size, size, size, into];
      return {
        name: `${size}^3, ${into} -> ${out}`,
        of: describeConvolution(x, [3, 3, 3, into, out], { strides: 1, pad: "same" }),
      };
    });
  }).flat();
}

/** Every pass of them. */
export function reckon(network: UNetConfig, { batch, extent }: { batch: number; extent: number }): Reckoned[] {
  return convolutionsOf(network, batch, extent).flatMap(({ name, of }) => {
    const operations = convolutionOperations([batch, ...of.extents, of.channelsIn], of.channelsOut);
    const row = (pass: Reckoned["pass"], product: number, halo: number, block: readonly number[]): Reckoned => ({
      ...{ name, pass, gigaOperations: operations / 1e9, block: block.join("x") },
      ...{ product: product / operations, halo: halo / operations },
    });
    const rows = [false, true].flatMap((backward) => {
      const plan = chooseHalo(of, backward);
      if (!plan) return [];
      const pass = backward ? "gradient of x" : "forward";
      return row(pass, productProgram(of, backward).bytes, haloProgram(of, backward, plan).bytes, plan.block);
    });
    const plan = planFilterGradient(of);
    if (!plan) return rows;
    const filter = row(
      "gradient of the filter",
      planLaunch(of, undefined).bytes,
      planLaunch(of, plan).bytes,
      plan.block,
    );
    return [...rows, filter];
  });
}
