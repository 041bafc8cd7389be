/// <reference lib="deno.worker" />
/**
 * One thread of `threads.ts`: an instance of the kernels on the shared memory that takes calls from the queue, for
 * ever.
 */
import { parentPort } from "node:worker_threads";
import { CallQueue, type KernelExports, type ThreadInput } from "./_call_queue.ts";

parentPort!.once("message", async ({ module, memory, queue: buffer }: ThreadInput) => {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const queue = new CallQueue(buffer);
  parentPort!.postMessage("ready");
  for (;;) {
    queue.waitForCalls();
    while (queue.runNext(exports as KernelExports));
  }
});
