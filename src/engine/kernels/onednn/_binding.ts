/**
 * What versions 2 and 3 of oneDNN's C API do differently, behind one interface; the constants and the errors that they
 * share (`dnnl_types.h`, the same values in 2.0 and in 3.13).
 *
 * @module
 */

import type { Handle } from "./_symbols.ts";

/** What a convolution computes: y, the gradient of x, or that of the filter. */
export type Kind = "forward" | "inputGradient" | "filterGradient";

/** Values of C's enumerations. */
export const DATA_TYPE_F32 = 3;
export const FORMAT_TAG_ANY = 1;
export const FORWARD_TRAINING = 64;
export const CONVOLUTION_DIRECT = 1;

/** Dimensions of a tensor in the order in which the library names them, and the step in values along each. */
export interface Layout {
  readonly dimensions: readonly number[];
  /** Absent: the library chooses. */
  readonly steps?: readonly number[];
}

/** A convolution as both versions describe it; memory descriptors of x and y are dense, the filter's is free. */
export interface ConvolutionDescription {
  readonly x: Handle;
  readonly filter: Handle;
  readonly y: Handle;
  readonly strides: readonly number[];
  /** Zeros before and behind x along each axis. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** One major version of the C API. */
export interface Binding {
  /**
   * A memory descriptor, to be given back to {@linkcode Binding.free}.
   *
   * @throws {StatusError} if the library refuses it.
   */
  describe(layout: Layout): Handle;
  free(descriptor: Handle): void;
  /**
   * A primitive descriptor, into `result`; `forward` is that of the forward convolution, for the gradients.
   *
   * @returns a status: 0 is success.
   */
  convolution(
    result: BigUint64Array,
    kind: Kind,
    description: ConvolutionDescription,
    engine: Handle,
    forward: Handle,
  ): number;
}

/** Names of dnnl_status_t, from 0 on. */
const statuses = [
  ...["success", "out_of_memory", "invalid_arguments", "unimplemented", "last_impl_reached"],
  ...["runtime_error", "not_required"],
];

/** A function of the library did not succeed. */
export class StatusError extends Error {
  override name = "StatusError";
  /** A dnnl_status_t by its name in `dnnl_types.h`. */
  readonly status: string;

  constructor(status: number) {
    const name = statuses[status] ?? `status ${status}`;
    super(`oneDNN gave ${name}`);
    this.status = name;
  }
}

/** @throws {StatusError} unless the status is success. */
export function check(status: number): void {
  if (status !== 0) throw new StatusError(status);
}

/** Extents and strides as C takes them, `dnnl_dims_t`: at most 12 (DNNL_MAX_NDIMS) int64. */
export function dimensions(values: readonly number[]): BigInt64Array<ArrayBuffer> {
  const padded = new BigInt64Array(12);
  values.forEach((value, i) => padded[i] = BigInt(value));
  return padded;
}
