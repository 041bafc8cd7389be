/**
 * The C API of oneDNN 3: descriptors are objects of the library.
 *
 * @module
 */

import {
  type Binding,
  check,
  CONVOLUTION_DIRECT,
  DATA_TYPE_F32,
  dimensions,
  FORMAT_TAG_ANY,
  FORWARD_TRAINING,
  type Layout,
} from "./_binding.ts";
import type { Functions, Handle, symbols3 } from "./_symbols.ts";

const NONE = 0n;

/** Binds version 3. */
export function bindVersion3(symbols: Functions<typeof symbols3>): Binding {
  return {
    describe({ dimensions: extents, steps }: Layout): Handle {
      const made = new BigUint64Array(1);
      const rank = extents.length;
      const status = steps
        ? symbols.dnnl_memory_desc_create_with_strides(
          ...[made, rank, dimensions(extents), DATA_TYPE_F32, dimensions(steps)] as const,
        )
        : symbols.dnnl_memory_desc_create_with_tag(made, rank, dimensions(extents), DATA_TYPE_F32, FORMAT_TAG_ANY);
      check(status);
      return made[0];
    },
    free: (descriptor) => void symbols.dnnl_memory_desc_destroy(descriptor),
    convolution(result, kind, { x, filter, y, strides, before, after }, engine, forward) {
      const undilated = dimensions([0, 0, 0]);
      const walk = [dimensions(strides), undilated, dimensions(before), dimensions(after)] as const;
      const algorithm = CONVOLUTION_DIRECT;
      switch (kind) {
        case "forward":
          return symbols.dnnl_convolution_forward_primitive_desc_create(
            ...[result, engine, FORWARD_TRAINING, algorithm, x, filter, NONE, y] as const,
            ...walk,
            NONE,
          );
        case "inputGradient":
          return symbols.dnnl_convolution_backward_data_primitive_desc_create(
            ...[result, engine, algorithm, x, filter, y] as const,
            ...walk,
            forward,
            NONE,
          );
        case "filterGradient":
          return symbols.dnnl_convolution_backward_weights_primitive_desc_create(
            ...[result, engine, algorithm, x, filter, NONE, y] as const,
            ...walk,
            forward,
            NONE,
          );
      }
    },
  };
}
