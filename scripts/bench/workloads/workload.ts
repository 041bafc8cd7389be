/**
 * What an engine's process does for a case.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";

/** A case made ready: its tensors are on the engine. */
export interface Workload {
  /**
   * One run, which leaves no tensor behind. It returns when the engine has done its work or, where `settle` is there,
   * when training would go on: a device that queues may still be at the last of it.
   */
  run(): Promise<void>;
  /** Waits for what the last run has left to do. */
  settle?(): Promise<void>;
  /** Frees what the runs share. */
  dispose(): void;
}

/** Waits until the engine has computed `tensor`, by reading its first value; frees the tensor. */
export async function settle(tensor: tf.Tensor): Promise<number> {
  const first = tf.tidy(() => tf.slice(tf.reshape(tensor, [-1]), [0], [1]));
  tensor.dispose();
  const [value] = await first.data();
  first.dispose();
  return value;
}
