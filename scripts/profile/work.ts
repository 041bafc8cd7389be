/**
 * How much work a kernel does at least: floating-point operations, and bytes that it must read and write once.
 *
 * @module
 */
import { sizeOf } from "../../src/core/vectors.ts";

/** A tensor's shape. */
export type Shape = readonly number[];

/** What a kernel was called with and gave. */
export interface KernelShapes {
  readonly kernel: string;
  readonly inputs: readonly Shape[];
  readonly outputs: readonly Shape[];
}

/** Of a kernel, or of several together. */
export interface Work {
  /** A multiplication and an addition count as two; of convolutions and matrix products, the rest counts by bytes. */
  readonly operations: number;
  /** Every input read once and every output written once. */
  readonly bytes: number;
}

/** Kernels that only name a tensor anew. */
const FREE = new Set(["Identity", "Reshape", "ExpandDims"]);

/** Of a convolution: its taps and its channels are the filter's, its voxels those of the tensor on its far side. */
function convolution(filter: Shape, far: Shape): number {
  return 2 * sizeOf(filter) * sizeOf(far.slice(0, -1));
}

function operationsOf({ kernel, inputs, outputs }: KernelShapes): number {
  const [first, second] = inputs;
  switch (kernel) {
    case "Conv3D": // x, filter -> y
      return convolution(second, outputs[0]);
    case "Conv3DBackpropInputV2": // dy, filter -> dx
      return convolution(second, first);
    case "Conv3DBackpropFilterV2": // x, dy -> filter
      return convolution(outputs[0], second);
    case "BatchMatMul":
    case "_FusedMatMul": // m k x k n -> m n, batches among them: the product of all three sizes is (m k n)^2
      return 2 * Math.sqrt(sizeOf(first) * sizeOf(second) * sizeOf(outputs[0]));
    default:
      return 0;
  }
}

/** What it comes to. */
export function workOf(shapes: KernelShapes): Work {
  if (FREE.has(shapes.kernel)) return { operations: 0, bytes: 0 };
  const values = [...shapes.inputs, ...shapes.outputs].reduce((sum, shape) => sum + sizeOf(shape), 0);
  return { operations: operationsOf(shapes), bytes: 4 * values };
}
