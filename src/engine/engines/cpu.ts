/**
 * The `cpu` engine: tfjs's backend in plain JavaScript. Slow and right: the reference.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { Engine } from "./engine.ts";

/** tfjs's plain JavaScript backend. */
export const cpuEngine: Engine = {
  name: "cpu",
  async start() {
    await tf.setBackend("cpu");
    return { threads: 1, detail: "plain JavaScript" };
  },
};
