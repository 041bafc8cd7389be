/**
 * The C API of oneDNN 2: descriptors are structs in the caller's memory. They are passed back as they were filled in,
 * and their buffers are several times larger than any 2.x needs (696 and 5976 bytes in 2.6), so their layout does not
 * matter.
 *
 * @module
 */

import {
  type Binding,
  check,
  CONVOLUTION_DIRECT,
  type ConvolutionDescription,
  DATA_TYPE_F32,
  dimensions,
  FORMAT_TAG_ANY,
  FORWARD_TRAINING,
  type Kind,
  type Layout,
} from "./_binding.ts";
import type { Functions, Handle, symbols2 } from "./_symbols.ts";

const MEMORY_DESCRIPTOR_BYTES = 4096;
const CONVOLUTION_DESCRIPTOR_BYTES = 32768;
const NONE = 0n;

/** Binds version 2. */
export function bindVersion2(symbols: Functions<typeof symbols2>): Binding {
  const descriptors = new Map<Handle, Uint8Array>(); // which keeps them where they are
  return {
    describe({ dimensions: extents, steps }: Layout): Handle {
      const bytes = new Uint8Array(MEMORY_DESCRIPTOR_BYTES);
      const at = Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
      const rank = extents.length;
      const status = steps
        ? symbols.dnnl_memory_desc_init_by_strides(at, rank, dimensions(extents), DATA_TYPE_F32, dimensions(steps))
        : symbols.dnnl_memory_desc_init_by_tag(at, rank, dimensions(extents), DATA_TYPE_F32, FORMAT_TAG_ANY);
      check(status);
      descriptors.set(at, bytes);
      return at;
    },
    free: (descriptor) => void descriptors.delete(descriptor),
    convolution(result, kind, description, engine, forward) {
      const bytes = new Uint8Array(CONVOLUTION_DESCRIPTOR_BYTES);
      const status = describeConvolution(symbols, bytes, kind, description);
      return status === 0 ? symbols.dnnl_primitive_desc_create(result, bytes, NONE, engine, forward) : status;
    },
  };
}

function describeConvolution(
  symbols: Functions<typeof symbols2>,
  bytes: Uint8Array<ArrayBuffer>,
  kind: Kind,
  { x, filter, y, strides, before, after }: ConvolutionDescription,
): number {
  const walk = [dimensions(strides), dimensions(before), dimensions(after)] as const;
  const algorithm = CONVOLUTION_DIRECT;
  switch (kind) {
    case "forward":
      return symbols.dnnl_convolution_forward_desc_init(
        ...[bytes, FORWARD_TRAINING, algorithm, x, filter, NONE, y] as const,
        ...walk,
      );
    case "inputGradient":
      return symbols.dnnl_convolution_backward_data_desc_init(bytes, algorithm, x, filter, y, ...walk);
    case "filterGradient":
      return symbols.dnnl_convolution_backward_weights_desc_init(bytes, algorithm, x, filter, NONE, y, ...walk);
  }
}
