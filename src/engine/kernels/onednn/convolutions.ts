/**
 * The convolutions in use: a primitive is made when its shapes are met for the first time, and kept while it is among
 * those used last.
 *
 * @module
 */

import type * as tf from "@tensorflow/tfjs";
import { UserError } from "../../../core/errors.ts";
import type { Convolution } from "../convolution.ts";
import type { KernelModule } from "../wasm/module.ts";
import { type Kind, StatusError } from "./_binding.ts";
import { prefersWasm } from "./_choice.ts";
import { LeastRecentlyUsed } from "./_least_recently_used.ts";
import { ConvolutionPrimitive } from "./convolution.ts";
import type { Library } from "./library.ts";

/** The three tensors of a convolution; which of them is written depends on its kind. */
export interface ConvolutionTensors {
  readonly x: tf.TensorInfo;
  readonly filter: tf.TensorInfo;
  readonly y: tf.TensorInfo;
}

/** Kinds and shapes that are kept: a network of 20 convolutions needs 60, and as many again for another patch. */
const CAPACITY = 256;
/** Vectors of the widest instructions, and lines of the cache, start at multiples of it; bytes. */
const ALIGNMENT = 64;

/** Convolutions on tensors in tfjs's memory. */
export class Convolutions {
  readonly #module: KernelModule;
  /** Undefined stands for what is left to the wasm engine's kernels. */
  readonly #cache: LeastRecentlyUsed<ConvolutionPrimitive | undefined>;
  readonly #library: Library;
  /** Where tfjs's memory begins, as an address of the process: shared memory grows in place. */
  readonly #base: number;

  constructor(module: KernelModule, library: Library, capacity = CAPACITY) {
    this.#module = module;
    this.#library = library;
    this.#cache = new LeastRecentlyUsed(capacity, (convolution) => convolution?.release());
    this.#base = Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(module.words(0, 1))));
  }

  /** How many shapes are held. */
  get size(): number {
    return this.#cache.size;
  }

  /**
   * Finds what computes one of the tensors from the others, and writes it.
   *
   * @returns undefined if the library has no implementation, or a slower one than the wasm engine's.
   * @throws {UserError} if the library has no memory left.
   */
  find(kind: Kind, geometry: Convolution): ((tensors: ConvolutionTensors) => void) | undefined {
    const key = `${kind} ${Object.values(geometry).join(" ")}`;
    const convolution = this.#cache.get(key, () => this.#make(kind, geometry));
    return convolution && ((tensors) => explain(kind, geometry, () => this.#run(convolution, tensors)));
  }

  #make(kind: Kind, geometry: Convolution): ConvolutionPrimitive | undefined {
    if (geometry.before.some((zeros) => zeros < 0)) return undefined; // input that is skipped: the library pads only
    return explain(kind, geometry, () => {
      try {
        const convolution = new ConvolutionPrimitive(this.#library, kind, geometry);
        if (!prefersWasm(kind, geometry, convolution.implementation)) return convolution;
        convolution.release();
      } catch (error) {
        if (!(error instanceof StatusError) || error.status !== "unimplemented") throw error;
      }
      return undefined;
    });
  }

  #run(convolution: ConvolutionPrimitive, { x, filter, y }: ConvolutionTensors): void {
    this.#module.withScratch(convolution.scratchBytes + ALIGNMENT, (scratch) => {
      const at = (tensor: tf.TensorInfo) => this.#base + this.#module.pointer(tensor);
      const aligned = Math.ceil((this.#base + scratch) / ALIGNMENT) * ALIGNMENT;
      convolution.run({ x: at(x), filter: at(filter), y: at(y) }, aligned);
    });
  }

  /** Gives every primitive back. */
  clear(): void {
    this.#cache.clear();
  }
}

/** Runs `work`; a failure of the library names the convolution. */
function explain<T>(
  kind: Kind,
  { batch, extents, channelsIn, kernel, channelsOut, strides }: Convolution,
  work: () => T,
): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof StatusError)) throw cause;
    const what = `${kind} of a convolution of [${[batch, ...extents, channelsIn]}] with [${[
      ...kernel,
      channelsIn,
      channelsOut,
    ]}], strides [${strides}]: ${cause.status}`;
    if (cause.status === "out_of_memory") {
      const rule = "computing: oneDNN has no memory left; lower the batch, the patch or the base filters";
      throw new UserError(rule, { where: "onednn engine", value: what, cause });
    }
    throw new Error(`computing with oneDNN: ${what}`, { cause });
  }
}
