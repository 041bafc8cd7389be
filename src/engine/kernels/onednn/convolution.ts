/**
 * One convolution, or one gradient of it, for fixed shapes: a primitive of the library, and a reorder of the filter
 * into or out of the layout that the primitive wants. x and y stay as tfjs lays them out: on all shapes and instruction
 * sets that were tried, the library's implementations for channels-last tensors were as fast as those for its own
 * layouts.
 *
 * @module
 */

import type { Convolution } from "../convolution.ts";
import { check, type Kind } from "./_binding.ts";
import { Memory, Primitive } from "./_primitive.ts";
import type { Handle } from "./_symbols.ts";
import type { Library } from "./library.ts";

/** Where the values of the three tensors are, as addresses of the process. */
export interface Addresses {
  readonly x: number;
  readonly filter: number;
  readonly y: number;
}

/** Roles of the tensors (DNNL_ARG_*) and the query for the descriptor of the filter (dnnl_query_*_md). */
const kinds = {
  forward: { roles: { x: 1, filter: 33, y: 17 }, filterQuery: 131 },
  inputGradient: { roles: { x: 129, filter: 33, y: 145 }, filterQuery: 131 },
  filterGradient: { roles: { x: 1, filter: 161, y: 145 }, filterQuery: 132 },
} as const;
/** DNNL_ARG_FROM and DNNL_ARG_TO, of a reorder. */
const [FROM, TO] = [1, 17];
/** dnnl_query_impl_info_str. */
const IMPLEMENTATION_QUERY = 8;
const NONE = 0n;

/** Ready to compute, any number of times; what it holds is given back by `release`. */
export class ConvolutionPrimitive {
  /** The library's name for what it chose: "brgconv:avx512_core". */
  readonly implementation: string;
  /** Bytes of scratch memory that {@linkcode ConvolutionPrimitive.run} needs. */
  readonly scratchBytes: number;
  readonly #tensors: Readonly<Record<keyof Addresses, Memory>>;
  /** The filter in the layout that the primitive wants. */
  readonly #inner: Memory | undefined;
  readonly #steps: readonly Primitive[];
  readonly #owned: { release(): void }[] = [];

  /** @throws {StatusError} if the library cannot compute it. */
  constructor(library: Library, kind: Kind, geometry: Convolution) {
    const temporary: (() => void)[] = [];
    try {
      const { call, engine } = library;
      const { roles, filterQuery } = kinds[kind];
      const dense = describe(library, geometry, temporary);
      const descriptor = choose(library, kind, geometry, dense, temporary);
      this.implementation = implementationOf(library, descriptor);
      this.#tensors = {
        x: this.#own(new Memory(library, dense.x)),
        filter: this.#own(new Memory(library, dense.filter)),
        y: this.#own(new Memory(library, dense.y)),
      };
      const wanted = call.dnnl_primitive_desc_query_md(descriptor, filterQuery, 0);
      const isDense = call.dnnl_memory_desc_equal(wanted, dense.filter) !== 0;
      this.scratchBytes = isDense ? 0 : Number(call.dnnl_memory_desc_get_size(wanted));
      this.#inner = isDense ? undefined : this.#own(new Memory(library, wanted));
      const tensors = { ...this.#tensors, filter: this.#inner ?? this.#tensors.filter };
      const compute = this.#own(
        new Primitive(library, descriptor, [
          [roles.x, tensors.x],
          [roles.filter, tensors.filter],
          [roles.y, tensors.y],
        ]),
      );
      if (this.#inner === undefined) {
        this.#steps = [compute];
        return;
      }
      const outwards = kind === "filterGradient";
      const [from, to] = outwards ? [wanted, dense.filter] : [dense.filter, wanted];
      const made = new BigUint64Array(1);
      check(call.dnnl_reorder_primitive_desc_create(made, from, engine, to, engine, NONE));
      temporary.push(() => call.dnnl_primitive_desc_destroy(made[0]));
      const [source, target] = outwards ? [this.#inner, this.#tensors.filter] : [this.#tensors.filter, this.#inner];
      const reorder = this.#own(new Primitive(library, made[0], [[FROM, source], [TO, target]]));
      this.#steps = outwards ? [compute, reorder] : [reorder, compute];
    } catch (error) {
      this.release();
      throw error;
    } finally {
      for (const free of temporary) free();
    }
  }

  #own<T extends { release(): void }>(made: T): T {
    this.#owned.push(made);
    return made;
  }

  /**
   * Computes; returns when it is done.
   *
   * @throws {StatusError} if the library fails.
   */
  run({ x, filter, y }: Addresses, scratch: number): void {
    this.#tensors.x.moveTo(x);
    this.#tensors.filter.moveTo(filter);
    this.#tensors.y.moveTo(y);
    this.#inner?.moveTo(scratch);
    for (const step of this.#steps) step.execute();
  }

  /** Gives everything back; nothing may be run after it. */
  release(): void {
    for (const owned of this.#owned.splice(0)) owned.release();
  }
}

/** Descriptors of the tensors as tfjs lays them out; dimensions are batch, channels, depth, height, width. */
function describe(
  { binding }: Library,
  { batch, extents, outputs, kernel, channelsIn, channelsOut }: Convolution,
  temporary: (() => void)[],
): Record<keyof Addresses, Handle> {
  const dense = (dimensions: number[], steps: number[]) => {
    const descriptor = binding.describe({ dimensions, steps });
    temporary.push(() => binding.free(descriptor));
    return descriptor;
  };
  const volume = ([depth, height, width]: readonly number[], channels: number) =>
    dense(
      [batch, channels, depth, height, width],
      [depth * height * width * channels, 1, height * width * channels, width * channels, channels],
    );
  const [, height, width] = kernel;
  const tap = channelsIn * channelsOut;
  return {
    x: volume(extents, channelsIn),
    filter: dense([channelsOut, channelsIn, ...kernel], [1, channelsOut, height * width * tap, width * tap, tap]),
    y: volume(outputs, channelsOut),
  };
}

/** The descriptor of a primitive that takes x and y as they are, and the filter as it likes. */
function choose(
  { call, binding, engine }: Library,
  kind: Kind,
  { extents, outputs, kernel, channelsIn, channelsOut, strides, before }: Convolution,
  dense: Record<keyof Addresses, Handle>,
  temporary: (() => void)[],
): Handle {
  const filter = binding.describe({ dimensions: [channelsOut, channelsIn, ...kernel] });
  temporary.push(() => binding.free(filter));
  const after = strides.map((stride, axis) =>
    (outputs[axis] - 1) * stride + kernel[axis] - extents[axis] - before[axis]
  );
  const make = (kind: Kind, forward: Handle) => {
    const made = new BigUint64Array(1);
    check(binding.convolution(made, kind, { ...dense, filter, strides, before, after }, engine, forward));
    temporary.push(() => call.dnnl_primitive_desc_destroy(made[0]));
    return made[0];
  };
  const forward = make("forward", NONE);
  return kind === "forward" ? forward : make(kind, forward);
}

function implementationOf({ call }: Library, descriptor: Handle): string {
  const text = new BigUint64Array(1);
  check(call.dnnl_primitive_desc_query(descriptor, IMPLEMENTATION_QUERY, 0, text));
  return Deno.UnsafePointerView.getCString(Deno.UnsafePointer.create(text[0])!);
}
