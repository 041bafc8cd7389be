/**
 * The C functions of libdnnl that are called, as `dnnl.h` declares them. Handles and addresses are passed as integers.
 *
 * @module
 */

/** An object of the library, or an address: what C calls a pointer. */
export type Handle = bigint;

/** Functions that versions 2 and 3 share. */
export const commonSymbols = {
  dnnl_set_primitive_cache_capacity: { parameters: ["i32"], result: "i32" },
  dnnl_engine_create: { parameters: ["buffer", "i32", "usize"], result: "i32" },
  dnnl_stream_create: { parameters: ["buffer", "usize", "u32"], result: "i32" },
  dnnl_stream_wait: { parameters: ["usize"], result: "i32" },
  dnnl_memory_create: { parameters: ["buffer", "usize", "usize", "usize"], result: "i32" },
  dnnl_memory_set_data_handle: { parameters: ["usize", "usize"], result: "i32" },
  dnnl_memory_destroy: { parameters: ["usize"], result: "i32" },
  dnnl_memory_desc_equal: { parameters: ["usize", "usize"], result: "i32" },
  dnnl_memory_desc_get_size: { parameters: ["usize"], result: "usize" },
  dnnl_primitive_create: { parameters: ["buffer", "usize"], result: "i32" },
  dnnl_primitive_destroy: { parameters: ["usize"], result: "i32" },
  dnnl_primitive_execute: { parameters: ["usize", "usize", "i32", "buffer"], result: "i32" },
  dnnl_primitive_desc_query: { parameters: ["usize", "i32", "i32", "buffer"], result: "i32" },
  dnnl_primitive_desc_query_md: { parameters: ["usize", "i32", "i32"], result: "usize" },
  dnnl_primitive_desc_destroy: { parameters: ["usize"], result: "i32" },
  dnnl_reorder_primitive_desc_create: {
    parameters: ["buffer", "usize", "usize", "usize", "usize", "usize"],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** Functions of version 2: descriptors are structs that the caller owns. */
export const symbols2 = {
  dnnl_memory_desc_init_by_strides: { parameters: ["usize", "i32", "buffer", "i32", "buffer"], result: "i32" },
  dnnl_memory_desc_init_by_tag: { parameters: ["usize", "i32", "buffer", "i32", "i32"], result: "i32" },
  dnnl_convolution_forward_desc_init: {
    parameters: ["buffer", "i32", "i32", "usize", "usize", "usize", "usize", "buffer", "buffer", "buffer"],
    result: "i32",
  },
  dnnl_convolution_backward_data_desc_init: {
    parameters: ["buffer", "i32", "usize", "usize", "usize", "buffer", "buffer", "buffer"],
    result: "i32",
  },
  dnnl_convolution_backward_weights_desc_init: {
    parameters: ["buffer", "i32", "usize", "usize", "usize", "usize", "buffer", "buffer", "buffer"],
    result: "i32",
  },
  dnnl_primitive_desc_create: { parameters: ["buffer", "buffer", "usize", "usize", "usize"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Functions of version 3: descriptors are objects of the library. */
export const symbols3 = {
  dnnl_memory_desc_create_with_strides: { parameters: ["buffer", "i32", "buffer", "i32", "buffer"], result: "i32" },
  dnnl_memory_desc_create_with_tag: { parameters: ["buffer", "i32", "buffer", "i32", "i32"], result: "i32" },
  dnnl_memory_desc_destroy: { parameters: ["usize"], result: "i32" },
  dnnl_convolution_forward_primitive_desc_create: {
    parameters: [
      ...["buffer", "usize", "i32", "i32", "usize", "usize", "usize", "usize"] as const,
      ...["buffer", "buffer", "buffer", "buffer", "usize"] as const,
    ],
    result: "i32",
  },
  dnnl_convolution_backward_data_primitive_desc_create: {
    parameters: [
      ...["buffer", "usize", "i32", "usize", "usize", "usize"] as const,
      ...["buffer", "buffer", "buffer", "buffer", "usize", "usize"] as const,
    ],
    result: "i32",
  },
  dnnl_convolution_backward_weights_primitive_desc_create: {
    parameters: [
      ...["buffer", "usize", "i32", "usize", "usize", "usize", "usize"] as const,
      ...["buffer", "buffer", "buffer", "buffer", "usize", "usize"] as const,
    ],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** The functions behind an interface. */
export type Functions<S extends Deno.ForeignLibraryInterface> = Deno.DynamicLibrary<S>["symbols"];
