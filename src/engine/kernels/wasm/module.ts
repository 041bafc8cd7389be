/**
 * The project's own WebAssembly kernels beside tfjs's: instances of `kernels.*.wasm`, one a thread, that import tfjs's
 * memory, so tensors are worked on where they lie.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../../core/errors.ts";
import type { KernelCall, KernelExports } from "./_call_queue.ts";
import { Threads } from "./threads.ts";

export type { KernelCall } from "./_call_queue.ts";

/** A byte address in tfjs's memory. */
export type Pointer = number;

/** The part of tfjs's wasm backend that kernels use. */
interface Backend {
  readonly wasm: {
    readonly asm: { readonly memory: WebAssembly.Memory };
    _malloc(bytes: number): number;
    _free(address: Pointer): void;
  };
  readonly dataIdMap: { get(dataId: object): { memoryOffset: number } };
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
}

/** The kernels, bound to tfjs's memory. */
export interface KernelModule {
  /** "relaxed SIMD" (with fused multiply-add) or "SIMD". */
  readonly detail: string;
  /** Threads that {@linkcode KernelModule.run} spreads calls over. */
  readonly threads: number;
  /** Runs calls that do not touch what another of them writes, in any order, on all threads. */
  run(calls: readonly KernelCall[]): void;
  /** Ends the other threads; nothing may be run after it. */
  stop(): Promise<void>;
  /** Where a tensor's values lie. Good until the tensor is disposed. */
  pointer(tensor: tf.TensorInfo): Pointer;
  /** A new tensor with undefined contents. */
  output(shape: readonly number[], dtype?: tf.DataType): tf.TensorInfo;
  /** A new float32 tensor of zeros. */
  zeros(shape: readonly number[]): tf.TensorInfo;
  /** A float32 view; taken anew after every allocation, because memory may have moved. */
  floats(address: Pointer, length: number): Float32Array;
  /** A float64 view, as above; `address` must be a multiple of 8. */
  doubles(address: Pointer, length: number): Float64Array;
  /** An unsigned 32-bit view, as above. */
  words(address: Pointer, length: number): Uint32Array;
  /** The size of the memory that tensors share, which only ever grows. */
  heldBytes(): number;
  /** Runs `work` with `bytes` of scratch memory (a multiple of 16 is its address). */
  withScratch<T>(bytes: number, work: (address: Pointer) => T): T;
}

/** Two modules with one empty function each, that only machines with SIMD, and with relaxed SIMD, accept. */
const probes = {
  // (func (drop (v128.const i32x4 0 0 0 0)))
  simd: [0x41, 0, 0xfd, 0x0f, 0x1a],
  // (func (drop (f32x4.relaxed_madd (splat) (splat) (splat)))), each splat: i32.const 0, i8x16.splat
  relaxed: [0x41, 0, 0xfd, 0x0f, 0x41, 0, 0xfd, 0x0f, 0x41, 0, 0xfd, 0x0f, 0xfd, 0x85, 0x02, 0x1a],
};

/** Whether this machine's WebAssembly accepts the instructions of `probe`. */
function supports(probe: keyof typeof probes): boolean {
  const body = [0, ...probes[probe], 0x0b]; // no locals, …, end
  return WebAssembly.validate(
    new Uint8Array([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // magic, version
      ...[1, 4, 1, 0x60, 0, 0], // one type: () -> ()
      ...[3, 2, 1, 0], // one function of it
      ...[10, body.length + 2, 1, body.length, ...body], // its code
    ]),
  );
}

/** Which file suits this machine: its name and how it is called in reports. */
export function chooseBuild(has: (probe: keyof typeof probes) => boolean = supports): { file: string; detail: string } {
  if (has("relaxed")) return { file: "kernels.relaxed.wasm", detail: "relaxed SIMD" };
  if (has("simd")) return { file: "kernels.simd.wasm", detail: "SIMD" };
  throw new UserError("starting the wasm engine: the processor must have 128-bit SIMD (SSE 4.1 or NEON)", {
    where: "engine",
    value: "this machine's WebAssembly refuses SIMD instructions; use the cpu engine",
  });
}

/**
 * Instantiates the kernels for a started wasm backend.
 *
 * @throws {UserError} if the machine has no SIMD.
 */
export async function loadKernels(
  tfBackend: tf.KernelBackend,
  { build = chooseBuild(), threads: count = 1 }: { build?: { file: string; detail: string }; threads?: number } = {},
): Promise<KernelModule> {
  const backend = tfBackend as unknown as Backend;
  const memory = backend.wasm.asm.memory;
  const bytes = await Deno.readFile(new URL(`./${build.file}`, import.meta.url));
  const module = await WebAssembly.compile(bytes);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const threads = await Threads.start(count, exports as KernelExports, { module, memory });

  guardAllocations(backend);
  const pointer = (tensor: tf.TensorInfo): Pointer => backend.dataIdMap.get(tensor.dataId).memoryOffset;
  const output = (shape: readonly number[], dtype: tf.DataType = "float32") => backend.makeOutput([...shape], dtype);
  const floats = (address: Pointer, length: number) => new Float32Array(memory.buffer, address, length);
  return Object.freeze({
    detail: build.detail,
    threads: count,
    run: (calls: readonly KernelCall[]) => threads.run(calls),
    stop: () => threads.stop(),
    pointer,
    output,
    zeros(shape: readonly number[]) {
      const tensor = output(shape);
      floats(pointer(tensor), tf.util.sizeFromShape([...shape])).fill(0);
      return tensor;
    },
    floats,
    doubles: (address: Pointer, length: number) => new Float64Array(memory.buffer, address, length),
    words: (address: Pointer, length: number) => new Uint32Array(memory.buffer, address, length),
    heldBytes: () => memory.buffer.byteLength,
    withScratch<T>(bytes: number, work: (address: Pointer) => T): T {
      const address = backend.wasm._malloc(bytes + 16);
      try {
        return work(((address + 15) & ~15) >>> 0);
      } finally {
        backend.wasm._free(address);
      }
    },
  });
}

/** Backends whose allocator is guarded. */
const guarded = new WeakSet<object>();

/**
 * Makes every allocation of the backend, tfjs's own too, throw when there is no room. By itself its allocator returns
 * 0, which tfjs takes for an address; takes 2 GiB and more for a negative number, which frees memory in use; and at
 * times returns a block that ends beyond 4 GiB.
 */
function guardAllocations({ wasm }: Backend): void {
  if (guarded.has(wasm)) return;
  guarded.add(wasm);
  const { memory } = wasm.asm;
  wasm._free(wasm._malloc(1)); // until its first call, _malloc is a stub that would put itself in our place
  const allocate = wasm._malloc;
  wasm._malloc = (bytes) => {
    const address = bytes < 2 ** 31 - 2 ** 16 ? allocate(bytes) >>> 0 : 0;
    if (address === 0 || address + bytes > memory.buffer.byteLength) {
      if (address !== 0) wasm._free(address);
      throw new UserError(
        "computing: WebAssembly's 4 GiB are used up; lower the batch, the patch or the base filters",
        {
          where: "wasm engine",
          value: `no room for ${bytes} bytes, ${Math.round(memory.buffer.byteLength / 2 ** 20)} MiB held`,
        },
      );
    }
    return address;
  };
}
