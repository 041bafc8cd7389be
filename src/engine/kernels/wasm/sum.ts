/**
 * `Sum` and `Mean` of float32 over neighbouring axes, in place: the stock kernels transpose first, and read the sum
 * over a short last axis value by value. What else there is goes to the stock kernels.
 *
 * @module
 */

import { describeReduction, type Reduction, type ReductionAttributes } from "../reduction.ts";
import { defineKernel } from "../define_kernel.ts";
import { addRows, type Piece, pieces } from "./_pieces.ts";
import type { KernelCall, KernelModule, Pointer } from "./module.ts";

/** Sums a row of which JavaScript adds up quickly what the threads have summed. */
const MOST_SUMS = 1024;

/** Each thread sums some of the outer places. */
function sumWhole(
  module: KernelModule,
  from: Pointer,
  to: Pointer,
  { outer, length, inner }: Reduction,
  scale: number,
) {
  const parts = pieces(outer, length * inner);
  module.withScratch(parts.length * inner * 8, (sums) => {
    module.run(parts.map(({ start, count }, i) => [
      "sumMiddle",
      ...[from + start * length * inner * 4, to + start * inner * 4, count, length, inner],
      ...[scale, sums + i * inner * 8],
    ]));
  });
}

/** Each thread sums some strips of the summed places, and these sums are added up. */
function sumInStrips(
  module: KernelModule,
  from: Pointer,
  to: Pointer,
  { outer, length, inner }: Reduction,
  scale: number,
  strips: readonly Piece[],
) {
  const at = (place: number, strip: number) => (place * strips.length + strip) * inner * 8;
  const places = Array.from({ length: outer }, (_, place) => place);
  module.withScratch(at(outer, 0), (sums) => {
    module.run(places.flatMap((place) =>
      strips.map(({ start, count }, strip): KernelCall => [
        "sumStrips",
        ...[from + (place * length + start) * inner * 4, count, inner, sums + at(place, strip)],
      ])
    ));
    const y = module.floats(to, outer * inner);
    for (const place of places) {
      addRows(module, sums + at(place, 0), strips.length, inner).forEach((sum, i) =>
        y[place * inner + i] = sum * scale
      );
    }
  });
}

/** Registers both over tfjs's. */
export function registerSum(module: KernelModule): void {
  for (const name of ["Sum", "Mean"]) {
    defineKernel<"x", ReductionAttributes>("wasm", name, ({ x }, attributes, stock) => {
      const split = describeReduction(x, attributes);
      if (!split || split.length === 0) return stock();
      const y = module.output(split.shape);
      const scale = name === "Mean" ? 1 / split.length : 1;
      const [from, to] = [module.pointer(x), module.pointer(y)];
      const strips = split.inner <= MOST_SUMS ? pieces(split.length, split.inner) : [];
      if (strips.length > 1) sumInStrips(module, from, to, split, scale, strips);
      else sumWhole(module, from, to, split, scale);
      return y;
    });
  }
}
