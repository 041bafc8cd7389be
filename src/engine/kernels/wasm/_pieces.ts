/**
 * How a kernel's work is cut into calls for several threads. The cut depends on the tensor alone, never on the number
 * of threads: sums over pieces come out the same, bit for bit, whoever computes them.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../../core/vectors.ts";
import type { KernelCall, KernelModule, Pointer } from "./module.ts";

/**
 * Below this many values one thread is faster: to wake another takes some 10 microseconds, in which one goes through
 * about 2^14 values.
 */
const WORTH_SHARING = 2 ** 15;
/** Values of a piece of a large tensor: enough that handing it out costs nothing. */
const PIECE_VALUES = 2 ** 16;
/** Pieces at least and at most, once a tensor is shared: so that a thread that is held up does not hold up all. */
const [FEWEST, MOST] = [4, 128];

/** A part of a row of units: voxels, planes, rows. */
export interface Piece {
  readonly start: number;
  readonly count: number;
}

/** Cuts `units` of `values` each into pieces of nearly equal size; one where that is too little to share. */
export function pieces(units: number, values: number): Piece[] {
  const total = units * values;
  const wanted = total < WORTH_SHARING ? 1 : Math.min(MOST, Math.max(FEWEST, Math.ceil(total / PIECE_VALUES)));
  const size = Math.max(1, Math.ceil(units / wanted));
  const cut: Piece[] = [];
  for (let start = 0; start < units; start += size) cut.push({ start, count: Math.min(size, units - start) });
  return cut;
}

/** Runs a batch's calls: on all threads, unless the `values` that they go through are too few to share. */
export function runShared(module: KernelModule, values: number, calls: readonly KernelCall[]): void {
  if (values >= WORTH_SHARING) return module.run(calls);
  for (const call of calls) module.run([call]); // a call alone stays on this thread
}

/** Runs `kernel`, which takes where values of each tensor are, how many, and scalars, on tensors of one shape. */
export function runElementwise(
  module: KernelModule,
  kernel: string,
  tensors: readonly tf.TensorInfo[],
  scalars: readonly number[] = [],
): void {
  const pointers = tensors.map((tensor) => module.pointer(tensor));
  module.run(
    pieces(sizeOf(tensors[0].shape), 1).map(({ start, count }) => [
      kernel,
      ...pointers.map((pointer) => pointer + start * 4),
      count,
      ...scalars,
    ]),
  );
}

/** Adds up `count` rows of `length` float64 at `address`, in their order. */
export function addRows(module: KernelModule, address: Pointer, count: number, length: number): Float64Array {
  const rows = module.doubles(address, count * length);
  const total = new Float64Array(length);
  for (let row = 0; row < count; row++) for (let i = 0; i < length; i++) total[i] += rows[row * length + i];
  return total;
}
