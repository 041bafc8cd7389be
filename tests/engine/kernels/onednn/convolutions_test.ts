import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { messageOf, UserError } from "../../../../src/core/errors.ts";
import { startEngine } from "../../../../src/engine/engine.ts";
import { startKernels } from "../../../../src/engine/engines/wasm.ts";
import { prefersWasm } from "../../../../src/engine/kernels/onednn/_choice.ts";
import { LeastRecentlyUsed } from "../../../../src/engine/kernels/onednn/_least_recently_used.ts";
import type { Convolution } from "../../../../src/engine/kernels/convolution.ts";
import { Convolutions } from "../../../../src/engine/kernels/onednn/convolutions.ts";
import { type Library, openLibrary } from "../../../../src/engine/kernels/onednn/library.ts";
import { conv3d } from "../../../../src/engine/ops/conv3d.ts";
import { assertClose, tensorOf } from "../../_contract.ts";
import * as reference from "../../_reference.ts";

/** The library, or why there is none. */
function find(): { library?: Library; lacking?: string } {
  try {
    return { library: openLibrary() };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { lacking: messageOf(error) };
  }
}
const { library, lacking } = find();

function test(name: string, fn: (library: Library) => Promise<void>): void {
  const reason = lacking === undefined ? "" : ` (skipped: ${lacking})`;
  Deno.test({ name: name + reason, ignore: library === undefined, fn: () => fn(library!) });
}

/** A convolution of 3x3x3 with "same" padding. */
function cube(extent: number, channelsIn: number, channelsOut: number): Convolution {
  const extents = [extent, extent, extent] as const;
  const [kernel, ones] = [[3, 3, 3] as const, [1, 1, 1] as const];
  return { batch: 1, extents, outputs: extents, kernel, strides: ones, before: ones, channelsIn, channelsOut };
}

Deno.test("a bounded cache keeps what was used last, and releases the rest once each", () => {
  const released: string[] = [];
  const cache = new LeastRecentlyUsed<string>(2, (value) => released.push(value));
  const get = (key: string) => cache.get(key, () => key.toUpperCase());
  assertEquals(["a", "b", "a", "c"].map(get), ["A", "B", "A", "C"]);
  assertEquals([released, cache.size], [["B"], 2]);
  get("a");
  assertEquals(released, ["B"]);
  cache.clear();
  assertEquals([released, cache.size], [["B", "C", "A"], 0]);
});

Deno.test("a bounded cache keeps undefined, too", () => {
  let made = 0;
  const cache = new LeastRecentlyUsed<undefined>(2, () => {});
  for (let time = 0; time < 3; time++) cache.get("a", () => void made++);
  assertEquals(made, 1);
});

Deno.test("the wasm engine's kernels are taken where oneDNN has only its reference, or a slower way than Winograd's", () => {
  const wide = cube(8, 16, 16);
  const pointwise: Convolution = { ...wide, kernel: [1, 1, 1], before: [0, 0, 0] };
  assertEquals(prefersWasm("forward", wide, "brgconv:avx512_core"), false);
  assertEquals(prefersWasm("forward", wide, "ref:any"), true);
  assertEquals(prefersWasm("forward", pointwise, "ref:any"), true);
  assertEquals(prefersWasm("filterGradient", wide, "x64:gemm:jit"), true);
  assertEquals(prefersWasm("filterGradient", pointwise, "x64:gemm:jit"), false);
  assertEquals(prefersWasm("filterGradient", cube(8, 16, 12), "x64:gemm:jit"), false);
  assertEquals(prefersWasm("forward", cube(8, 16, 8), "brgconv:avx512_core"), true);
  assertEquals(prefersWasm("inputGradient", cube(8, 16, 8), "jit:avx512_core"), false);
  assertEquals(prefersWasm("inputGradient", cube(8, 8, 16), "jit:avx512_core"), true);
});

test("primitives are bounded in number and memory does not grow when shapes vary over 300 steps", async (library) => {
  const module = await startKernels(2);
  library.setThreads(2);
  const convolutions = new Convolutions(module, library, 5);
  const held: number[] = [];
  const tensors = tf.memory().numTensors;
  for (let step = 0; step < 300; step++) {
    const extent = 4 + step % 7; // 7 shapes x 3 kinds, room for 5
    const geometry = cube(extent, 16, 16);
    tf.tidy(() => {
      const x = tf.ones([1, extent, extent, extent, 16]);
      const filter = tf.ones([3, 3, 3, 16, 16]);
      const y = tf.zerosLike(x);
      convolutions.find("forward", geometry)!({ x, filter, y });
      assertEquals(y.dataSync()[(1 + extent * (1 + extent)) * 16], 27 * 16, "within the volume");
      // on some processors the library has only what the wasm engine does better for the gradients
      convolutions.find("inputGradient", geometry)?.({ x, filter, y });
      convolutions.find("filterGradient", geometry)?.({ x, filter, y });
    });
    held.push(module.heldBytes());
  }
  assertEquals(convolutions.size, 5);
  assertEquals(tf.memory().numTensors, tensors);
  assertEquals(new Set(held.slice(7)).size, 1);
  convolutions.clear();
  assertEquals(convolutions.size, 0);
});

test("a convolution that the library refuses is named, with its shapes and the status", async (library) => {
  const convolutions = new Convolutions(await startKernels(2), library);
  const wrong: Convolution = { ...cube(8, 16, 16), outputs: [8, 8, 3] };
  assertThrows(
    () => convolutions.find("filterGradient", wrong),
    Error,
    "filterGradient of a convolution of [1,8,8,8,16] with [3,3,3,16,16], strides [1,1,1]: invalid_arguments",
  );
});

test("input that is skipped is left to the wasm engine's kernels", async (library) => {
  const convolutions = new Convolutions(await startKernels(2), library);
  assertEquals(convolutions.find("forward", { ...cube(8, 16, 16), before: [-1, 0, 0] }), undefined);
});

test("the wasm engine started after onednn computes by its own kernels again, on any number of threads", async () => {
  const [x, filter] = [reference.noise([1, 8, 8, 8, 16], 1), reference.noise([3, 3, 3, 16, 16], 2)];
  const expected = reference.conv3d(x, filter, [1, 1, 1]);
  const run = async (engine: "wasm" | "onednn", threads: number) => {
    await startEngine({ engine, threads });
    const y = tf.tidy(() => conv3d(tensorOf(x), tensorOf(filter)));
    await assertClose(y, expected, `${engine} on ${threads} threads`);
    const values = [...y.dataSync()];
    y.dispose();
    return values;
  };
  const own = await run("wasm", 2);
  const theirs = await run("onednn", 2);
  assertNotEquals(theirs, own); // sums in another order, rounded otherwise
  assertEquals(await run("wasm", 2), own);
  assertEquals(await run("onednn", 1), theirs);
  assertEquals(await run("onednn", 2), theirs);
});
