/**
 * Memory for time: what a part of a network computes on its way is forgotten, and computed again for its gradient.
 *
 * Chen et al. 2016, "Training deep nets with sublinear memory cost" (arXiv 1604.06174), section 4.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { backpropagate, record } from "./gradients.ts";

/** What a network is told beside its settings; it does not change what the network computes. */
export interface RecomputeOptions {
  /**
   * Keep no more for the gradient than each level's input and output, and compute the rest again: a training step takes
   * a third less memory and, for one more forward pass, a third more time. @default false
   */
  recompute?: boolean;
}

/** A part of a network. */
export interface Part<Inputs extends tf.Tensor[], Output extends tf.Tensor> {
  /** Computes from the inputs and the variables and from nothing else that needs a gradient; the same at every call. */
  compute: (...inputs: Inputs) => Output;
  inputs: Inputs;
  /** Those that `compute` uses. */
  variables: readonly tf.Variable[];
}

/** The part's output. Its gradients are the same, bit for bit, with and without `recompute`. */
export function runPart<Inputs extends tf.Tensor[], Output extends tf.Tensor>(
  part: Part<Inputs, Output>,
  { recompute = false }: RecomputeOptions,
): Output {
  const { compute, inputs, variables } = part;
  if (!recompute) return tf.tidy(() => compute(...inputs));
  const op = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const given = (args as tf.Tensor[]).slice(0, inputs.length) as Inputs;
    save(given);
    return {
      value: compute(...given),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => gradientsOf({ ...part, inputs: saved as Inputs }, dy),
    };
  });
  return op(...inputs, ...variables) as Output;
}

/** The gradients with respect to inputs and variables, from a forward pass of their own. */
function gradientsOf<Inputs extends tf.Tensor[]>(
  { compute, inputs, variables }: Part<Inputs, tf.Tensor>,
  dy: tf.Tensor,
): tf.Tensor[] {
  return tf.tidy(() => {
    const recording = record(() => compute(...inputs));
    recording.value.dispose();
    return backpropagate(recording, [...inputs, ...variables], dy) as tf.Tensor[];
  });
}
