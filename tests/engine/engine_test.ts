import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../src/core/errors.ts";
import { type Engine, engines, startEngine } from "../../src/engine/engine.ts";
import { chooseBuild } from "../../src/engine/kernels/wasm/module.ts";

const cpu = engines.find(({ name }) => name === "cpu")!;
const broken: Engine = { name: "wasm", start: () => Promise.reject(new UserError("no SIMD here")) };

Deno.test("the named engine becomes tfjs's backend, also after another one", async () => {
  for (const engine of ["wasm", "cpu", "wasm"] as const) {
    const info = await startEngine({ engine, threads: 2 });
    assertEquals([info.name, info.threads, tf.getBackend()], [engine, engine === "wasm" ? 2 : 1, engine]);
  }
});

Deno.test("auto passes over an engine that does not start, and says so", async () => {
  const warnings: string[] = [];
  const { name } = await startEngine({ among: [broken, cpu], warn: (message) => warnings.push(message) });
  assertEquals(name, "cpu");
  assertEquals(warnings, ["engine wasm does not work here: no SIMD here"]);
});

Deno.test("auto takes the fastest, wherever it stands, and computes on it", async () => {
  const slow: Engine = { ...cpu, name: "onednn" };
  const wasm = engines.find(({ name }) => name === "wasm")!;
  for (const among of [[slow, wasm, cpu], [wasm, slow, cpu]]) {
    const { name } = await startEngine({ among, threads: 1 });
    assertEquals([name, tf.getBackend()], ["wasm", "wasm"]);
  }
});

Deno.test("auto is silent about what a machine merely lacks while it finds better than the reference", async () => {
  const warnings: string[] = [];
  const lacking: Engine = { name: "onednn", start: () => Promise.reject(new UserError("no oneDNN here")) };
  const crashing: Engine = { name: "webgpu", start: () => Promise.reject(new Error("out of order")) };
  const wasm = engines.find(({ name }) => name === "wasm")!;
  const { name } = await startEngine({
    among: [crashing, lacking, wasm, cpu],
    warn: (message) => warnings.push(message),
  });
  assertEquals([name, warnings.length], ["wasm", 1]);
  assert(warnings[0].includes("out of order"), warnings[0]);
});

Deno.test("auto passes over an engine that computes wrongly", async () => {
  await tf.setBackend("cpu");
  const right = tf.getKernel("Conv3D", "cpu");
  const register = (kernel: tf.KernelConfig) => {
    tf.unregisterKernel("Conv3D", "cpu");
    tf.registerKernel(kernel);
  };
  const wrong: Engine = {
    name: "wasm",
    start() {
      register({ ...right, kernelFunc: () => tf.zeros([1, 4, 4, 4, 8]) });
      return Promise.resolve({ threads: 1, detail: "zeros" });
    },
  };
  const mended: Engine = { ...cpu, start: (options) => (register(right), cpu.start(options)) };
  const warnings: string[] = [];
  const { name } = await startEngine({ among: [wrong, mended], warn: (message) => warnings.push(message) });
  assertEquals([name, warnings.length], ["cpu", 1]);
  assert(warnings[0].includes("its self-test must give"), warnings[0]);
});

Deno.test("an engine that was asked for by name and does not start is an error", async () => {
  await assertRejects(() => startEngine({ engine: "wasm", among: [broken, cpu] }), UserError, "no SIMD here");
});

Deno.test("unknown engines and wrong thread counts are refused", async () => {
  const unknown = "quantum" as never;
  const known = ["auto", ...engines.map(({ name }) => name)].join(", ");
  await assertRejects(() => startEngine({ engine: unknown }), UserError, `one of ${known} (engine: quantum)`);
  await assertRejects(() => startEngine({ threads: 0 }), UserError, "positive integer (threads: 0)");
});

Deno.test("the fastest build that the processor accepts is chosen", () => {
  assertEquals(chooseBuild(() => true).detail, "relaxed SIMD");
  assertEquals(chooseBuild((probe) => probe === "simd").detail, "SIMD");
  assertThrows(() => chooseBuild(() => false), UserError, "must have 128-bit SIMD");
});

Deno.test("the wasm engine starts in a Worker with no more than read and env permissions, offline", async () => {
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--cached-only", "--allow-read", "--allow-env"],
      new URL("./_worker_host.ts", import.meta.url).href,
    ],
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  assertEquals([code, decoder.decode(stdout).trim()], [0, "wasm: 8"], decoder.decode(stderr));
});
