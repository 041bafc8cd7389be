/**
 * The thread's side of a loader that works ahead.
 *
 * @example A module to be named to `openLoader`
 * ```ts
 * import { parentPort } from "node:worker_threads";
 * import { serveBatches } from "./serve.ts";
 *
 * const prepareFrom = (values: number[]) => (request: { index: number }) => values[request.index];
 * if (parentPort) serveBatches(prepareFrom); // where the module was started as a Worker
 * ```
 *
 * @module
 */
import { parentPort } from "node:worker_threads";
import { messageOf } from "../../core/errors.ts";
import type { PrepareFrom } from "./batch_loader.ts";

/** What a thread is told: once the input, then requests. */
export type Question = { input: unknown } | { request: unknown };

/** What it answers: once that it has started, then each request's batch. */
export type Answer = { started: true } | { batch: unknown } | { error: { name: string; message: string } };

/** Answers each request with its batch, whose buffers are handed over and not copied, or with what went wrong. */
export function serveBatches<Input, Request, Batch>(prepareFrom: PrepareFrom<Input, Request, Batch>): void {
  const port = parentPort;
  if (!port) throw new Error("serving batches: it is done in a Worker, which openLoader starts");
  let input: Input;
  let prepare: ((request: Request) => Batch) | undefined;
  port.on("message", (question: Question) => {
    if ("input" in question) {
      input = question.input as Input;
      port.postMessage({ started: true } satisfies Answer);
      return;
    }
    try {
      prepare ??= prepareFrom(input);
      const batch = prepare(question.request as Request);
      port.postMessage({ batch } satisfies Answer, [...buffersOf(batch)]);
    } catch (error) {
      const name = error instanceof Error ? error.name : "Error";
      port.postMessage({ error: { name, message: messageOf(error) } } satisfies Answer);
    }
  });
}

/** Every buffer in `value` that can be handed over. */
function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) buffersOf(part, found);
  }
  return found;
}
