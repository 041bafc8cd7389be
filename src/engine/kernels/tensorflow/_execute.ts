/**
 * TensorFlow's own ops, run by name: those of which tfjs has no kernel.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js";

/** Attributes of an op, as TensorFlow's registry of ops (tensorflow/core/ops) types them. */
export interface OpAttributes {
  readonly floats?: Readonly<Record<string, number>>;
  readonly integers?: Readonly<Record<string, readonly number[]>>;
  readonly strings?: Readonly<Record<string, string>>;
}

/** Runs op `name` of float32 tensors (its attribute T), which has one output. */
export function executeOp(name: string, inputs: tf.Tensor[], attributes: OpAttributes = {}): tf.Tensor {
  const backend = tf.backend() as unknown as NodeJSKernelBackend;
  const { TF_ATTR_FLOAT, TF_ATTR_INT, TF_ATTR_STRING, TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
  const { floats = {}, integers = {}, strings = {} } = attributes;
  const ofType = (type: number, values: Readonly<Record<string, number | string | readonly number[]>>) =>
    Object.entries(values).map(([name, value]) => ({ name, type, value: value as number | string | number[] }));
  return backend.executeSingleOutput(name, [
    ...ofType(TF_ATTR_TYPE, { T: TF_FLOAT }),
    ...ofType(TF_ATTR_FLOAT, floats),
    ...ofType(TF_ATTR_INT, integers),
    ...ofType(TF_ATTR_STRING, strings),
  ], inputs);
}
