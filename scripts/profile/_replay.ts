/**
 * How long kernels take on a device that queues its work, found without its help: each one is run by itself, again and
 * again, on tensors of the same shapes.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { settle } from "../bench/workloads/workload.ts";

/** What an input was like. */
export type TensorForm = Pick<tf.TensorInfo, "shape" | "dtype">;

/** A kernel as it was called. */
export interface KernelCall {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, TensorForm>> | readonly TensorForm[];
  readonly attributes: object;
}

/** A row of runs should take this long to say something; milliseconds. */
const LONG_ENOUGH = 30;
/** Runs in a row at most: to wait for a card takes 10 ms (see docs/engines.md), as hundreds of its kernels do. */
const MOST_RUNS = 1024;
/** Rows of runs, of which the least counts. */
const ROWS = 3;

/** The milliseconds of each call; calls that are alike are run once for all. */
export async function replay(calls: readonly KernelCall[]): Promise<number[]> {
  const latency = await latencyOfReading();
  const known = new Map<string, number>();
  const milliseconds: number[] = [];
  for (const call of calls) {
    const key = JSON.stringify(call);
    if (!known.has(key)) known.set(key, await timeOf(call, latency));
    milliseconds.push(known.get(key)!);
  }
  return milliseconds;
}

/** What it takes to wait for the device when it has nothing to do; the least of five. */
async function latencyOfReading(): Promise<number> {
  const times: number[] = [];
  for (let attempt = 0; attempt < 5; attempt++) {
    const scalar = tf.fill([1], attempt);
    const start = performance.now();
    await settle(scalar);
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

async function timeOf(call: KernelCall, latency: number): Promise<number> {
  const inputs = Array.isArray(call.inputs)
    ? call.inputs.map(stand)
    : Object.fromEntries(Object.entries(call.inputs).map(([name, input]) => [name, stand(input)]));
  const once = () => {
    const outputs = tf.engine().runKernel(call.kernel, inputs as tf.NamedTensorMap, { ...call.attributes });
    return Array.isArray(outputs) ? outputs : [outputs];
  };
  const inARow = async (runs: number) => {
    const start = performance.now();
    for (let run = 1; run < runs; run++) tf.dispose(once());
    const [last, ...others] = once();
    await settle(last);
    tf.dispose(others);
    return Math.max(0, performance.now() - start - latency) / runs;
  };
  try {
    await inARow(1); // compiles
    let runs = 1, least = await inARow(1);
    // a few runs are lost in the noise of the wait, and say nothing of how many are needed
    while (least * runs < LONG_ENOUGH && runs < MOST_RUNS) least = await inARow(runs *= 4);
    for (let row = 1; row < ROWS; row++) least = Math.min(least, await inARow(runs));
    return least;
  } finally {
    tf.dispose(Object.values(inputs));
  }
}

/** A tensor in the place of one that was: ones, or zeros where values may be indices. */
function stand({ shape, dtype }: TensorForm): tf.Tensor {
  return dtype === "float32" ? tf.ones(shape) : tf.zeros(shape, dtype);
}
