/**
 * Measures one engine on command, in a process of its own; see `measured_process.ts` for the requests. Its only
 * argument is what the engine is started with, as JSON.
 *
 * @module
 */

import process from "node:process";
import * as tf from "@tensorflow/tfjs";
import { messageOf } from "../../src/core/errors.ts";
import { type EngineInfo, startEngine, type StartEngineOptions } from "../../src/engine/engine.ts";
import { type Description, linesOf, type Request, type RunAnswer } from "./measured_process.ts";
import { prepareWorkload } from "./workloads/registry.ts";
import type { Workload } from "./workloads/workload.ts";

console.log = console.info = console.error; // stdout is for answers; libraries greet

let engine: EngineInfo | undefined;
let workload: Workload | undefined;

async function answer(request: Request): Promise<Description | RunAnswer | Record<string, never>> {
  engine ??= await startEngine(JSON.parse(Deno.args[0]) as StartEngineOptions);
  switch (request.do) {
    case "describe":
      return engine;
    case "prepare":
      workload?.dispose();
      workload = await prepareWorkload(request.case);
      return {};
    case "run":
      if (!workload) throw new Error("a case must be prepared before it is run");
      return { milliseconds: await measure(workload, request.seconds), ...memory() };
    case "check":
      throw new Error("an engine has nothing to check");
  }
}

/** Milliseconds of each run, as many as fit into `seconds`, one at least; what the last leaves to do is the last's. */
async function measure(workload: Workload, seconds: number): Promise<number[]> {
  const milliseconds: number[] = [];
  const end = performance.now() + seconds * 1000;
  let start: number;
  do {
    start = performance.now();
    await workload.run();
    milliseconds.push(performance.now() - start);
  } while (performance.now() < end);
  await workload.settle?.();
  milliseconds[milliseconds.length - 1] = performance.now() - start;
  return milliseconds;
}

/** What engines that keep tensors in a memory of their own say about it. */
interface OwnMemory {
  /** tfjs's WebAssembly backend. */
  readonly wasm?: { readonly asm: { readonly memory: WebAssembly.Memory } };
}

function memory(): Omit<RunAnswer, "milliseconds"> {
  const { wasm } = tf.backend() as OwnMemory;
  const { numBytesInGPUAllocated } = tf.memory() as { numBytesInGPUAllocated?: number };
  const heldBytes = wasm?.asm.memory.buffer.byteLength ?? numBytesInGPUAllocated ?? null;
  return { heldBytes, peakBytes: process.resourceUsage().maxRSS * 1024 };
}

for await (const line of linesOf(Deno.stdin.readable)) {
  const reply = await answer(JSON.parse(line)).catch((error) => ({ error: messageOf(error) }));
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(reply) + "\n"));
}
Deno.exit(0); // engines may hold threads and devices that would keep the process
