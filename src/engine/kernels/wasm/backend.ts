/**
 * tfjs's wasm backend on memory that threads can share.
 *
 * tfjs brings a build of its own with threads, whose glue needs a browser or Node and which leaves 3D convolutions on
 * one thread all the same. So the build without threads is taken, and its memory declared shared: one bit of the
 * binary.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";

/** The section of a WebAssembly binary that declares memories (core specification 5.5.8). */
const MEMORY_SECTION = 5;
/** Flags of a memory's limits: a maximum is given; the same, and shared (threads proposal). */
const [WITH_MAXIMUM, SHARED] = [1, 3];

/** The binary with its one memory declared shared. */
function shareMemory(binary: Uint8Array): Uint8Array<ArrayBuffer> {
  const shared = Uint8Array.from(binary);
  let at = 8; // behind magic number and version
  while (at < shared.length) {
    const id = shared[at++];
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      more = (shared[at] & 128) !== 0;
      size |= (shared[at++] & 127) << shift;
    }
    if (id === MEMORY_SECTION) {
      if (shared[at] !== 1 || shared[at + 1] !== WITH_MAXIMUM) break;
      shared[at + 1] = SHARED;
      return shared;
    }
    at += size;
  }
  throw new Error("starting tfjs's wasm backend: its binary must declare one memory with a maximum");
}

let started: Promise<void> | undefined;

async function startOnce(): Promise<void> {
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  const file = new URL("./tfjs-backend-wasm-simd.wasm", import.meta.resolve("@tensorflow/tfjs-backend-wasm"));
  const binary = new Blob([shareMemory(await Deno.readFile(file))], { type: "application/wasm" });
  const url = URL.createObjectURL(binary);
  const names = ["tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm", "tfjs-backend-wasm-threaded-simd.wasm"];
  setWasmPaths(Object.fromEntries(names.map((name) => [name, url])), true);
  if (!await tf.setBackend("wasm")) throw new Error("tfjs's wasm backend did not start");
  URL.revokeObjectURL(url);
}

/** Makes it tfjs's backend; the memory is the same at every call. */
export async function startWasmBackend(): Promise<void> {
  started ??= startOnce();
  await started;
  await tf.setBackend("wasm");
}
