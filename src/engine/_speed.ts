/**
 * How fast the current engine is, in the networks' own currency: a 3x3x3 convolution forward and backward.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { conv3d } from "./ops/conv3d.ts";

/** A run has to take this long to say something; milliseconds. */
const LONG_ENOUGH = 10;
/** Extents to try: a fast device needs more work than a slow one. */
const EXTENTS = [8, 16, 32, 64];
const CHANNELS = 16;

/** What was measured in this process, by engine. */
const measured = new Map<string, Promise<number>>();

/**
 * GFLOP/s of forward and backward together; measured once for each `key`, which names the engine and what it runs on.
 */
export function measureSpeed(key: string): Promise<number> {
  const known = measured.get(key) ?? measure();
  measured.set(key, known);
  return known;
}

/** The best of three runs, after one that warms up. */
async function measure(): Promise<number> {
  let gflops = 0;
  for (const extent of EXTENTS) {
    const x = tf.ones([1, extent, extent, extent, CHANNELS]) as tf.Tensor5D;
    const filter = tf.ones([3, 3, 3, CHANNELS, CHANNELS]) as tf.Tensor5D;
    const operations = 3 * 2 * 27 * CHANNELS * x.size;
    const times: number[] = [];
    for (let run = 0; run < 4; run++) {
      const start = performance.now();
      const gradients = tf.tidy(() =>
        tf.grads((x, filter) => conv3d(x as tf.Tensor5D, filter as tf.Tensor5D))([x, filter])
      );
      await gradients[1].data(); // a device that queues its work has now done it
      times.push(performance.now() - start);
      tf.dispose(gradients);
      if (times[0] > 100 * LONG_ENOUGH) break;
    }
    tf.dispose([x, filter]);
    const best = Math.min(...times);
    gflops = operations / best / 1e6;
    if (best >= LONG_ENOUGH) break;
  }
  return gflops;
}
